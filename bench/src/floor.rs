//! The bare peer: takes WebSocket handshakes and writes prepared bytes, nothing else.
//!
//! No sessions, no log, no heartbeats, one thread. What a server costs above it is what its
//! features cost. It runs as a process of its own, so that its CPU time can be told apart.

use crate::subscribers::title;
use crate::{Result, say};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// Begins the line that asks for posts: `publish <first> <count> <bytes>`.
const PUBLISH: &str = "publish";

/// The peer as a child process.
pub(crate) struct Floor {
    child: Child,
    address: SocketAddr,
    control: tokio::io::BufReader<TcpStream>,
}

impl Floor {
    /// Starts it.
    pub(crate) async fn start() -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        let mut child = command.arg("--floor").stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("the peer has no output")?).read_line(&mut line)?;
        let address: SocketAddr = line.trim().parse()?;
        let control = tokio::io::BufReader::new(TcpStream::connect(address).await?);
        Ok(Self { child, address, control })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn socket_url(&self) -> String {
        format!("ws://{}/ws", self.address)
    }

    /// Lets it write so many posts of this size to every socket, all of them in one write.
    pub(crate) async fn publish(&mut self, first: usize, count: usize, bytes: u64) -> Result<()> {
        let line = format!("{PUBLISH} {first} {count} {bytes}\r\n\r\n");
        self.control.get_mut().write_all(line.as_bytes()).await?;
        let mut done = String::new();
        self.control.read_line(&mut done).await?;
        if done.is_empty() { Err("the peer has ended".into()) } else { Ok(()) }
    }
}

impl Drop for Floor {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Is the peer, until it is killed.
pub(crate) async fn serve() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    say(&listener.local_addr()?.to_string());
    let mut sockets: Vec<TcpStream> = Vec::new();
    let mut control: Option<TcpStream> = None;
    loop {
        let accepted = match &mut control {
            None => listener.accept().await,
            Some(stream) => tokio::select! {
                biased;
                head = head(stream) => {
                    publish(&mut sockets, &head?).await?;
                    stream.write_all(b"done\n").await?;
                    continue;
                }
                accepted = listener.accept() => accepted,
            },
        };
        let (mut stream, _) = accepted?;
        stream.set_nodelay(true)?;
        if control.is_none() {
            // The one who started it connects first.
            control = Some(stream);
        } else {
            let head = head(&mut stream).await?;
            stream.write_all(&answer(&head)?).await?;
            sockets.push(stream);
        }
    }
}

/// Everything up to an empty line. Reads byte by byte: it is not what is measured.
async fn head(stream: &mut TcpStream) -> Result<String> {
    stream.readable().await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// The handshake, and a first frame that stands for `welcome`.
fn answer(head: &str) -> Result<Vec<u8>> {
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    let key = lines
        .filter(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-key"))
        .map(|(_, key)| key.trim())
        .next();
    let accept = derive_accept_key(key.ok_or("a handshake without a key")?.as_bytes());
    let head = format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: {}\r\n\r\n",
        protocol::frame::SUBPROTOCOL
    );
    Ok([head.into_bytes(), frame("{}")].concat())
}

async fn publish(sockets: &mut [TcpStream], line: &str) -> Result<()> {
    let mut words = line.split_whitespace().skip(1).map(str::parse::<usize>);
    let mut word = || words.next().ok_or("publish needs three numbers");
    let (first, count, bytes) = (word()??, word()??, word()??);
    let prepared: Vec<u8> = (first..first + count).flat_map(|number| frame(&event(number, bytes))).collect();
    for socket in sockets {
        let mut rest: &[u8] = &prepared;
        while !rest.is_empty() {
            match socket.try_write(rest) {
                Ok(written) => rest = &rest[written..],
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => socket.writable().await?,
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(())
}

/// A text of this size that is counted like a post.
fn event(number: usize, bytes: usize) -> String {
    let start = format!("{{\"title\":\"{}\",\"body\":\"", title(number));
    let fill = bytes.saturating_sub(start.len() + 2);
    format!("{start}{}\"}}", "x".repeat(fill))
}

/// A text as a WebSocket frame of a server.
fn frame(text: &str) -> Vec<u8> {
    let mut frame = vec![0x81];
    match u16::try_from(text.len()) {
        Ok(short) if short < 126 => frame.push(u8::try_from(short).expect("below 126")),
        Ok(medium) => {
            frame.push(126);
            frame.extend(medium.to_be_bytes());
        }
        Err(_) => {
            frame.push(127);
            frame.extend((text.len() as u64).to_be_bytes());
        }
    }
    frame.extend(text.as_bytes());
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_all_lengths_begin_as_the_standard_says() {
        assert_eq!(frame("hi"), [0x81, 2, b'h', b'i']);
        assert_eq!(frame(&"x".repeat(200))[..4], [0x81, 126, 0, 200]);
        assert_eq!(frame(&"x".repeat(70_000))[..10], [0x81, 127, 0, 0, 0, 0, 0, 1, 0x11, 0x70]);
    }

    #[test]
    fn an_event_has_the_size_that_was_asked_for() {
        assert_eq!(event(7, 700).len(), 700);
        assert!(event(7, 0).contains("\"title\":\"bench-000000007\""));
    }
}
