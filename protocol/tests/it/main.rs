//! What goes over the wire, held to the documents that describe it.

mod events;
mod frames;
mod sample;
