//! One connection.
use super::{Handle, Mail};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// Serves a client until it goes, or is left without an answer.
pub(super) async fn serve(connection: TcpStream, handle: &Handle) -> Option<()> {
    let mut lines = BufReader::new(connection);
    say(&mut lines, "220 stand-in ESMTP").await?;
    let (mut from, mut to) = (String::new(), Vec::new());
    loop {
        let line = line(&mut lines).await?;
        let line = line.trim_end();
        let answer = match line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase().as_str() {
            "EHLO" => "250-stand-in\r\n250-8BITMIME\r\n250 SMTPUTF8",
            "HELO" | "NOOP" => "250 OK",
            "RSET" => {
                (from, to) = (String::new(), Vec::new());
                "250 OK"
            }
            "MAIL" => {
                from = path(line);
                "250 OK"
            }
            "RCPT" => {
                to.push(path(line));
                "250 OK"
            }
            "DATA" if to.is_empty() => "503 5.5.1 Nobody to send to",
            "DATA" => {
                say(&mut lines, "354 Go on").await?;
                let text = data(&mut lines).await?;
                let mail = Mail { from: std::mem::take(&mut from), to: std::mem::take(&mut to), text };
                handle.take(&mail)?
            }
            "QUIT" => {
                say(&mut lines, "221 Bye").await?;
                return None;
            }
            _ => "502 5.5.2 Unknown",
        };
        say(&mut lines, answer).await?;
    }
}

/// The lines up to a single dot, which are given back as they were meant (RFC 5321, section 4.5.2).
async fn data(lines: &mut BufReader<TcpStream>) -> Option<String> {
    let mut text = String::new();
    loop {
        let line = line(lines).await?;
        if line.trim_end() == "." {
            return Some(text);
        }
        text.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}

async fn line(lines: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    let read = lines.read_line(&mut line).await.ok()?;
    Some(line).filter(|_| read > 0)
}

async fn say(lines: &mut BufReader<TcpStream>, answer: &str) -> Option<()> {
    lines.get_mut().write_all(format!("{answer}\r\n").as_bytes()).await.ok()
}

/// What stands in `<...>`.
fn path(line: &str) -> String {
    let inside = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inside.map(|(path, _)| path.to_owned()).unwrap_or_default()
}
