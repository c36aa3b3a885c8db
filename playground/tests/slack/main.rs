//! The playground as a bot and a browser meet it: over HTTP and a socket.

mod app;
mod chat;
mod control;
mod conversations;
mod faults;
mod page;
mod reading;
mod socket;
mod things;
