//! The texts of the community, and the small format that they are written in.
//!
//! ```text
//! == Title of a post
//! by handle, pinned          (pinned only where it is)
//! Markdown, as many lines as it takes
//! ++ 👍 3 🎉 1                reactions to what stands above
//! -- handle: a comment
//! -> handle: a reply to the comment above
//! ```

use protocol::workspace::Role;
use std::sync::LazyLock;

/// The workspaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    /// A workshop that everybody belongs to.
    Makers,
    /// A rowing club.
    Rowing,
    /// A small company.
    Studio,
}

impl Place {
    /// All of them; people come in through the first.
    pub(crate) const ALL: [Self; 3] = [Self::Makers, Self::Rowing, Self::Studio];

    /// The name to show.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Makers => "Millbrook Makers",
            Self::Rowing => "Riverside Rowing Club",
            Self::Studio => "Larkfield Studio",
        }
    }

    pub(super) fn from_word(word: &str) -> Self {
        match word {
            "makers" => Self::Makers,
            "rowing" => Self::Rowing,
            "studio" => Self::Studio,
            _ => panic!("the texts name a place that is none: {word}"),
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Makers => include_str!("makers.txt"),
            Self::Rowing => include_str!("rowing.txt"),
            Self::Studio => include_str!("studio.txt"),
        }
    }

    /// The posts, the oldest first.
    pub(crate) fn posts(self) -> Vec<Post> {
        let parts = self.text().split("\n== ").map(|part| part.trim_start_matches("== "));
        parts.map(Post::read).collect()
    }
}

/// Somebody who lives there.
#[derive(Debug)]
pub(crate) struct Resident {
    /// What stands after `@`.
    pub(crate) handle: &'static str,
    /// The name to show.
    pub(crate) name: &'static str,
    /// Where they are what.
    pub(crate) roles: Vec<(Place, Role)>,
}

/// Everybody.
pub(crate) static PEOPLE: LazyLock<People> = LazyLock::new(|| {
    let read = |line: &'static str| {
        let mut fields = line.split('\t');
        let mut field = || fields.next().expect("people.txt has three fields per line");
        let (handle, name, roles) = (field(), field(), field());
        let role = |pair: &'static str| {
            let (place, role) = pair.split_once(':').expect("people.txt writes place:role");
            let role = Role::ALL.into_iter().find(|known| known.word() == role);
            (Place::from_word(place), role.expect("people.txt uses the roles that exist"))
        };
        Resident { handle, name, roles: roles.split_whitespace().map(role).collect() }
    };
    People(include_str!("people.txt").lines().map(read).collect())
});

/// See [`PEOPLE`].
#[derive(Debug)]
pub(crate) struct People(Vec<Resident>);

impl People {
    /// Everybody, the administrator first.
    pub(crate) fn all(&self) -> &[Resident] {
        &self.0
    }

    /// Who runs the instance.
    pub(crate) fn admin(&self) -> &'static str {
        self.0[0].handle
    }

    /// One of them.
    pub(crate) fn by_handle(&self, handle: &str) -> &Resident {
        self.0
            .iter()
            .find(|resident| resident.handle == handle)
            .expect("the texts name only people of people.txt")
    }

    /// The members of a place.
    pub(crate) fn of(&self, place: Place) -> impl Iterator<Item = &Resident> {
        self.0.iter().filter(move |resident| resident.roles.iter().any(|(in_place, _)| *in_place == place))
    }
}

/// An emoji and how many people chose it.
pub(crate) type Reactions = Vec<(&'static str, usize)>;

/// A post with everything below it.
#[derive(Debug, Default)]
pub(crate) struct Post {
    /// One line.
    pub(crate) title: &'static str,
    /// Its author's handle.
    pub(crate) author: &'static str,
    /// Whether it is pinned.
    pub(crate) pinned: bool,
    /// Markdown.
    pub(crate) body: String,
    /// Reactions to it.
    pub(crate) reactions: Reactions,
    /// What was said, in order.
    pub(crate) remarks: Vec<Remark>,
}

/// A comment or a reply.
#[derive(Debug)]
pub(crate) struct Remark {
    /// Its author's handle.
    pub(crate) author: &'static str,
    /// Markdown.
    pub(crate) text: &'static str,
    /// It answers the latest comment above.
    pub(crate) is_reply: bool,
    /// Reactions to it.
    pub(crate) reactions: Reactions,
}

impl Post {
    fn read(text: &'static str) -> Self {
        let mut lines = text.lines();
        let title = lines.next().expect("a post has a title");
        let by = lines.next().and_then(|line| line.strip_prefix("by ")).expect("a post says whose it is");
        let (author, pinned) = by.strip_suffix(", pinned").map_or((by, false), |author| (author, true));
        let mut post = Self { title, author, pinned, ..Self::default() };
        for line in lines {
            if let Some(reactions) = line.strip_prefix("++ ") {
                let target =
                    post.remarks.last_mut().map_or(&mut post.reactions, |remark| &mut remark.reactions);
                *target = read_reactions(reactions);
            } else if let Some(remark) = line.strip_prefix("-- ") {
                post.remarks.push(Remark::read(remark, false));
            } else if let Some(remark) = line.strip_prefix("-> ") {
                post.remarks.push(Remark::read(remark, true));
            } else {
                post.body.push_str(line);
                post.body.push('\n');
            }
        }
        post.body.truncate(post.body.trim_end().len());
        post
    }
}

impl Remark {
    fn read(line: &'static str, is_reply: bool) -> Self {
        let (author, text) = line.split_once(": ").expect("a comment says whose it is");
        Self { author, text, is_reply, reactions: Vec::new() }
    }
}

fn read_reactions(line: &'static str) -> Reactions {
    let words: Vec<&str> = line.split_whitespace().collect();
    let pair = |pair: &[&'static str]| (pair[0], pair[1].parse().expect("a number follows each emoji"));
    words.chunks_exact(2).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_thirty_people_and_hundreds_of_texts() {
        assert_eq!(PEOPLE.all().len(), 30);
        let posts: Vec<Post> = Place::ALL.into_iter().flat_map(Place::posts).collect();
        let remarks: usize = posts.iter().map(|post| post.remarks.len()).sum();
        assert!(300 <= posts.len() + remarks, "{} posts, {remarks} comments", posts.len());
    }

    #[test]
    fn everybody_writes_only_where_they_are_and_may() {
        for place in Place::ALL {
            let role = |handle: &str| {
                let resident = PEOPLE.of(place).find(|resident| resident.handle == handle);
                let resident = resident.unwrap_or_else(|| panic!("{handle} is not in {}", place.name()));
                resident.roles.iter().find(|(in_place, _)| *in_place == place).unwrap().1
            };
            for post in place.posts() {
                assert!(Role::Member <= role(post.author), "{} writes a post as a guest", post.author);
                assert!(!post.pinned || Role::Admin <= role(post.author), "{} cannot pin", post.author);
                assert!(!post.body.is_empty(), "{}", post.title);
                let mut replies = post.remarks.iter().map(|remark| remark.is_reply);
                assert_ne!(replies.next(), Some(true), "{} begins with a reply", post.title);
                post.remarks.iter().for_each(|remark| _ = role(remark.author));
            }
        }
    }

    #[test]
    fn a_script_is_read_line_by_line() {
        let post = Post::read(
            "Title\nby ada, pinned\nOne\n\nTwo\n++ 👍 2 🎉 1\n-- ben: Yes: indeed\n++ ❤️ 1\n-> ada: Thanks\n",
        );
        assert_eq!(
            (post.title, post.author, post.pinned, post.body.as_str()),
            ("Title", "ada", true, "One\n\nTwo")
        );
        assert_eq!(post.reactions, [("👍", 2), ("🎉", 1)]);
        assert_eq!((post.remarks[0].text, post.remarks[0].is_reply), ("Yes: indeed", false));
        assert_eq!(post.remarks[0].reactions, [("❤️", 1)]);
        assert!(post.remarks[1].is_reply);
    }
}
