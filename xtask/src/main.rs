//! Builds and bundles.
fn main() {}
