//! Everything that touches the browser. It compiles on the server too, where nothing of it runs:
//! it is called from effects and event handlers only.

pub mod clock;
