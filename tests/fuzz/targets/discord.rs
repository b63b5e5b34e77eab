//! Any body under Discord's right signature.

#![no_main]

use domain::Channel;
use fuzz::webhook::take_in;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| drop(take_in(Channel::of("discord"), body)));
