//! Stand-in until `proto` lands.
/// HTTP/1.
pub mod h1 {
    /// A message.
    #[derive(Debug, Default)]
    #[allow(missing_docs)]
    pub struct Message {}
    #[allow(missing_docs)]
    impl Message {
        pub fn status(&self) -> u16 { 0 }
        pub fn version(&self) -> u8 { 11 }
        pub fn reason(&self) -> &[u8] { b"" }
        pub fn headers(&self) -> impl Iterator<Item = (&[u8], &[u8])> { std::iter::empty() }
        pub fn header(&self, _name: &str) -> Option<&[u8]> { None }
        pub fn has_set_cookie(&self) -> bool { false }
        pub fn body(&self) -> &[u8] { b"" }
    }
}
