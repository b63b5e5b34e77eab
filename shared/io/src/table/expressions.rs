//! Every expression, and every attribute of the mailbox, in one file. The guarantees live here. The attributes of messages,
//! answers and states are named in `items.rs`.
//!
//! Attribute names are short because each write costs the whole item, and the mailbox has to stay within
//! one write unit (1,024 bytes, DynamoDB's size rules) also when ten messages wait:
//!
//! | name | holds | | name | holds |
//! |---|---|---|---|---|
//! | `q` | last sequence | | `lt` `le` | lease: token, end |
//! | `n` | how many wait | | `ls` `lp` | lease: first sequence, phase |
//! | `s<hash>` | sequence of a waiting message | | `cq` `cm` | cancel: up to, platform time |
//! | `m<hash>` | its platform time, and milliseconds until admission | | `ci` `cp` | cancel: event, phase it met |
//! | `r` | settled: hash and time in base 36, oldest first | | `cn` | cancel: how many waited |
//! | `tb` | message whose user was told that it still works | | `d` `u` | last commit's token; turns settled |
//! | `k` | mark | | `ac` `ss` | last activity; session start |
//! | `bt` | told that the service is busy | | `dd` `dn` | quota: day, messages |
//! | | | | `pu` | quota: how far ahead of an even pace |
//! | `nw` | sequence that asked for no quiet window | | `hb` `hq` | the person who answers; the last sequence handed over |
//! | `er` | everything written until then was erased | | `ttl` | DynamoDB's own expiry, in seconds |
//! | `bp` `bs` | index of busy ones: part; since when, in ms | | `sp` `sb` | index of sessions: part; active since, in s |
//!
//! A waiting message is two top-level attributes and not an entry of a map, so that the first admission of a
//! conversation is the same single write as every other: a map would have to exist first.

/// Nothing stands under this key. A message (W1) and an answer (P5) are written once.
pub const ABSENT: &str = "attribute_not_exists(pk)";

/// Whatever stands there: the condition is another write's of the same transaction.
pub const ANY: &str = "attribute_exists(pk) OR attribute_not_exists(pk)";

/// W2: the next sequence number, and one more that waits.
pub const ADMIT: &str = "SET q = if_not_exists(q, :zero) + :one, #s = if_not_exists(q, :zero) + :one, \
     #m = :times, n = if_not_exists(n, :zero) + :one, #ttl = :ttl, \
     bp = if_not_exists(bp, :shard), bs = if_not_exists(bs, :at)";
/// W2, for a message that waits for no companions.
pub const ADMIT_WITHOUT_WINDOW: &str = ", nw = if_not_exists(q, :zero) + :one";
/// W2 only if it neither waits nor is settled, and was not written before an erasure,
pub const ADMIT_IF: &str = "attribute_not_exists(#s) AND (attribute_not_exists(r) OR NOT contains(r, :settled)) \
     AND (attribute_not_exists(er) OR er < :sent_at)";
/// and there is room.
pub const AND_ROOM: &str = " AND (attribute_not_exists(n) OR n < :max)";
/// There is none.
pub const AND_NO_ROOM: &str = " AND n >= :max";
/// W2 of a message stored earlier: also only if it is newer than everything the ring has forgotten.
pub const AND_NEWER_THAN_MARK: &str = " AND (attribute_not_exists(k) OR k < :sent_at)";
/// W2 of a bot whose users have a quota for a day: one more of the day,
pub const COUNT: &str = ", dd = :day, dn = if_not_exists(dn, :zero) + :one";
/// while there are some left.
pub const AND_QUOTA_LEFT: &str = " AND (attribute_not_exists(dd) OR (dd = :day AND dn < :per_day))";
/// The first of another day,
pub const COUNT_ANEW: &str = ", dd = :day, dn = :one";
/// than the one that was seen.
pub const AND_ANOTHER_DAY: &str = " AND dd = :seen_day";
/// W2 of a bot whose users have a pace: from now on,
pub const PACE: &str = ", pu = :next";
/// when they are not ahead of it;
pub const AND_NOT_AHEAD: &str = " AND (attribute_not_exists(pu) OR pu <= :now)";
/// or further ahead,
pub const PACE_AHEAD: &str = ", pu = pu + :interval";
/// as far as they may be.
pub const AND_WITHIN_PACE: &str = " AND pu > :now AND pu <= :latest";
/// The most that a request can cost is set aside, under a name of its own,
pub const RESERVE: &str = "SET #entry = :reserved, #ttl = :ttl, m = if_not_exists(m, :zero) + :requests, \
     t = if_not_exists(t, :zero) + :tokens, c = if_not_exists(c, :zero) + :money";
/// once, and only while so much is left of each.
pub const RESERVE_IF: &str = "attribute_not_exists(#entry) AND (attribute_not_exists(t) \
     OR (m <= :requests_left AND t <= :tokens_left AND c <= :money_left))";
/// What it did not cost is given back,
pub const SETTLE: &str = "SET m = m + :requests, t = t + :tokens, c = c + :money REMOVE #entry";
/// once.
pub const SETTLE_IF: &str = "attribute_exists(#entry)";
/// A turn asks a question for all who ask it,
pub const ASK_FOR_ALL: &str = "SET ft = :token, fu = :until, #ttl = :ttl REMOVE a, ex";
/// unless its answer is there, or another turn is asking it.
pub const ASK_FOR_ALL_IF: &str = "(attribute_not_exists(ex) OR ex <= :now) \
     AND (attribute_not_exists(ft) OR fu <= :now)";
/// The answer, for all,
pub const ANSWER_FOR_ALL: &str = "SET a = :text, ex = :expires, #ttl = :ttl REMOVE ft, fu";
/// or none: another turn may ask;
pub const ASK_NO_MORE: &str = "REMOVE ft, fu";
/// by the turn that asked.
pub const ASKED_BY: &str = "ft = :token";
/// A refusal is recorded only for a message that neither waits nor is settled.
pub const NEITHER_WAITING_NOR_SETTLED: &str =
    "attribute_not_exists(#s) AND (attribute_not_exists(r) OR NOT contains(r, :settled))";

/// A waiting message is withdrawn: it leaves. The ring is written whole; the mark is appended.
pub const WITHDRAW: &str = "SET n = n - :one, r = :ring";
/// W2 in the place of a waiting message: one leaves, one comes.
pub const DISPLACE: &str = "SET q = q + :one, #s = q + :one, #m = :times, r = :ring, #ttl = :ttl, \
     bp = :shard, bs = :oldest";
/// Something still waits: the conversation stays in the index of busy ones, by what has waited longest then,
pub const STILL_BUSY: &str = ", bp = :shard, bs = :oldest";
/// which may be more than was seen to wait;
pub const AND_MORE_WAIT: &str = " AND n > {count}";
/// nothing does: it leaves that index,
pub const NOT_BUSY: &str = ", bp, bs";
/// unless something came meanwhile.
pub const AND_NOTHING_ELSE_WAITS: &str = " AND n = {count}";
/// The two attributes of what leaves.
pub const LEAVES: &str = " REMOVE #old, #oldm";
/// A waiting message is touched only while no turn has begun,
pub const WHILE_FREE: &str = "attribute_exists(#old) AND attribute_not_exists(lt)";
/// or while the turn runs that was seen, which does not cover it;
pub const WHILE_LEASED: &str = "attribute_exists(#old) AND lt = :lease";
/// and a ring is written only over the one that was seen,
pub const AND_RING_AS_SEEN: &str = " AND (attribute_not_exists(r) OR r = :seen)";
/// There must be something to change.
pub const PRESENT: &str = "attribute_exists(pk)";
/// An edited message has another text. Edits that overtake one another: the newest stands.
pub const EDIT: &str = "SET tx = :text, et = :edited_at, ei = :event";
/// It is stored, and not edited later; two edits of one second are told apart by their events.
pub const EDIT_IF: &str = "attribute_exists(pk) AND (attribute_not_exists(et) OR et < :edited_at \
     OR (et = :edited_at AND ei < :event))";

/// Its text goes, its place stays.
pub const BLANK: &str = "SET tx = :text";
/// Where a note pointed says much of what it said.
pub const BLANK_NOTE: &str = "SET tx = :text REMOVE mo, di";

/// An erased message: no text, no attachment, no handle, and not where it came from.
pub const FORGET_MESSAGE: &str = "SET tx = :text, ch = :text REMOVE th, la, media, reply, seen";
/// An erased answer: no words, and nothing of what it was to do or to remember.
pub const FORGET_ANSWER: &str = "SET pa = :none REMOVE bt, ed, sp, ns";
/// What a person said before an erasure.
pub const FORGET_ACT: &str = "SET tx = :text, ch = :text REMOVE th";
/// A dead letter of an erased conversation.
pub const FORGET_LETTER: &str = "SET body = :text";
/// A subscriber whose conversation was erased: off, gone soon, and nobody knows where they were.
pub const FORGET_SUBSCRIBER: &str = "SET ch = :text, #on = :off, #ttl = :ttl REMOVE th, la";

/// A person answers in the bot's place,
pub const HOLD: &str = "SET hb = :person";
/// who has it from the bot,
pub const HOLD_IF: &str = "attribute_exists(pk) AND attribute_not_exists(hb)";
/// or from another.
pub const HELD_BY: &str = "hb = :old";
/// Only who holds a conversation speaks in it, and hands it back.
pub const HELD: &str = "attribute_exists(hb)";
/// The bot answers again, but not what was admitted until now.
pub const HAND_BACK: &str = "SET hq = q REMOVE hb";
/// A process tells what a person said, for as long as it may live,
pub const TELL: &str = "SET tk = :token, tu = :until";
/// and nobody else does, or has,
pub const TELL_IF: &str = "attribute_exists(pk) AND attribute_not_exists(tl) \
     AND (attribute_not_exists(tk) OR tk = :token OR tu <= :now)";
/// unless it was erased.
pub const NOT_ERASED_SINCE: &str = "attribute_not_exists(er) OR er < :sent_at";
/// It has been told,
pub const TOLD: &str = "SET tl = :told REMOVE tk, tu";
/// once.
pub const TOLD_IF: &str = "attribute_exists(pk) AND attribute_not_exists(tl)";
/// The platform does not take it now: whoever comes next may try,
pub const TELL_LATER: &str = "REMOVE tk, tu";
/// by the process that tried.
pub const TOLD_BY: &str = "tk = :token";

/// X: the fence, with a copy of the phase it met.
pub const CANCEL: &str = "SET cq = q, cm = :sent_at, ci = :event, cp = if_not_exists(lp, :nobody), \
     cn = if_not_exists(n, :nobody)";
/// X unless a newer cancel stands: a redelivered cancel must not kill newer work. Two cancels of one second (some
/// platforms count no finer) are told apart by their message ids, which such platforms count up.
pub const CANCEL_IF: &str = "attribute_exists(pk) AND (attribute_not_exists(cm) OR cm < :sent_at \
     OR (cm = :sent_at AND ci < :event))";
/// An erasure is a cancel that is remembered.
pub const ERASE: &str = ", er = :now";
/// It covers all that was seen to wait, and no less than the cancels before it.
pub const ERASE_IF: &str = "q = :seen AND (attribute_not_exists(cm) OR cm <= :sent_at)";

/// P1, fresh. The lease remembers up to where the turn may reach.
pub const CLAIM: &str = "SET lt = :token, le = :ends_at, ls = q, lp = :working";
/// P1, fresh: something waits and nobody works.
pub const CLAIM_IF: &str = "n > :zero AND attribute_not_exists(lt)";
/// P1, from the dead. Sequence and phase stay.
pub const TAKE_OVER: &str = "SET lt = :token, le = :ends_at";
/// P1: only from the very holder that was seen, and past its end: surely past it, whatever the clocks say, when parts
/// may be on their way.
pub const TAKE_OVER_IF: &str = "lt = :old AND (le <= :surely OR le <= :now AND lp = :working)";

/// P1 undone, before anything was asked or sent: the next delivery claims it afresh.
pub const RELEASE: &str = "REMOVE lt, le, ls, lp";
/// P1 undone only by its holder, and never once the gate has been passed.
pub const RELEASE_IF: &str = "lt = :token AND lp = :working";

/// "Still working" is said once for a message, and only while it waits.
pub const MARK_TOLD: &str = "SET tb = :hash";
/// Not said yet.
pub const MARK_TOLD_IF: &str = "attribute_exists(#s) AND (attribute_not_exists(tb) OR tb <> :hash)";

/// P6: from here on a cancel is too late.
pub const GATE: &str = "SET lp = :sending";
/// P6: mine; and passed already,
pub const GATE_IF: &str = "lt = :token AND (lp = :sending OR attribute_not_exists(hb)";
/// or nobody answers in the bot's place, and (appended) no message of the turn is covered by a cancel,
pub const GATE_NO_CANCEL: &str = " AND (attribute_not_exists(cq)";
/// each having come after it, in acceptance or in writing,
pub const GATE_NOT_COVERED: &str = "(cq < {s} OR cm < {m})";
/// nor was handed over,
pub const GATE_NOT_HANDED: &str = " AND (attribute_not_exists(hq) OR hq < :first)";
/// and, when newer messages interrupt, nothing waits beyond the turn.
pub const GATE_NOTHING_NEWER: &str = " AND n <= :members";

/// What was spoken has been told.
pub const HEARD: &str = "SET he = :yes";

/// P7: how far the sending has come. Never backwards.
pub const PROGRESS: &str = "SET pr = :progress, un = :unknown";
/// P7: only forwards.
pub const PROGRESS_IF: &str = "pr < :progress";
/// Something was in time to stop the turn or some of its messages: the answer says so before it is sent.
pub const AMEND: &str = "SET oc = :outcome, pa = :parts, co = :covers, am = :stopped";
/// Only towards more stopped messages: a worker that slept must not bring one back.
pub const AMEND_IF: &str = "attribute_exists(pk) AND (attribute_not_exists(am) OR am < :stopped)";
/// What is left to answer may change less,
pub const AMEND_PATCH: &str = ", sp = :patch";
/// and state less.
pub const AMEND_NOTES: &str = ", ns = :notes";
/// With nothing left of them: neither change,
pub const AMEND_NO_PATCH: &str = " REMOVE sp";
/// nor notes,
pub const AMEND_NO_NOTES: &str = " REMOVE ns";
/// nor either.
pub const AMEND_NEITHER: &str = " REMOVE sp, ns";

/// A turn that failed is put back by its owner: when, and so as which message.
pub const REDRIVEN: &str = "SET rd = :at";
/// Once.
pub const REDRIVEN_IF: &str = "attribute_exists(pk) AND attribute_not_exists(rd)";

/// A mail is about to be sent: from here on nobody else sends it.
pub const TRY_MAIL: &str = "SET mx = :token";
/// Nobody has tried.
pub const TRY_MAIL_IF: &str = "attribute_exists(pk) AND attribute_not_exists(mx)";
/// What became of the mail, said in the answer.
pub const MAIL_OVER: &str = "SET md = :over, pa = :parts";
/// It is said once: who woke late changes nothing.
pub const MAIL_OVER_IF: &str = "attribute_exists(pk) AND attribute_not_exists(md)";
/// An alarm could not be set: the answer says so, and the reminder is not kept.
pub const NO_ALARM: &str = "SET pa = :parts";

/// The course of an occurrence through its subscribers: only forwards.
pub const COURSE_IF: &str = "attribute_not_exists(pk) OR af < :after";

/// P8: the ring is written whole. What is removed is appended.
pub const COMMIT: &str = "SET r = :ring, n = n - :removed, d = :token, u = if_not_exists(u, :zero) + :one, \
     ac = :now, ss = :session, sp = :shard, sb = :active, #ttl = :ttl{more} REMOVE lt, le, ls, lp";
/// P8, when messages have fallen out of the ring.
pub const COMMIT_MARK: &str = ", k = :mark";
/// P8 of a turn that said that the service is busy.
pub const COMMIT_BUSY: &str = ", bt = :now";
/// P8, together with the commit, or an erasure's fence: the state, on the version that was seen.
pub const STATE_IF: &str = "vn = :from";
/// P8, together with the commit: what was stated, unless it was erased meanwhile.
pub const COMMIT_NOTES_IF: &str = " AND (attribute_not_exists(er) OR er < :stated)";
/// P8: only the holder, and (appended) only onto the ring that was seen: what was withdrawn or dropped during the turn
/// stands there too.
pub const HOLDER: &str = "lt = :token";
