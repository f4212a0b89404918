//! A new migration file must reach the binary that embeds the folder.
fn main() {
    println!("cargo:rerun-if-changed=../migrations");
}
