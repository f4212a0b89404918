//! Every bound in one place: names end in their unit and `_MAX` or `_MIN`.

use std::time::Duration;

// --- What people write -------------------------------------------------------------------

/// Longest name of a person, in characters. A full legal name of several parts fits.
pub const PERSON_NAME_CHARS_MAX: usize = 64;
/// Shortest and longest `@handle`, in characters; all of them ASCII.
pub const HANDLE_CHARS_MIN: usize = 2;
/// See [`HANDLE_CHARS_MIN`].
pub const HANDLE_CHARS_MAX: usize = 32;
/// Shortest password, in characters (NIST SP 800-63B asks for 8; we ask for a little more).
pub const PASSWORD_CHARS_MIN: usize = 10;
/// Longest password, in bytes: bounds the work of one sign-in.
pub const PASSWORD_BYTES_MAX: usize = 512;
/// Longest name of a workspace, in characters.
pub const WORKSPACE_NAME_CHARS_MAX: usize = 64;
/// Longest title of a post, in characters.
pub const POST_TITLE_CHARS_MAX: usize = 200;
/// Largest body of a post, in bytes of Markdown.
pub const POST_BODY_BYTES_MAX: usize = 64 * 1024;
/// Largest comment, in bytes of Markdown: 4,000 characters of four bytes.
pub const COMMENT_BODY_BYTES_MAX: usize = 16 * 1024;
/// Longest name of a room or a group, in characters.
pub const CONVERSATION_NAME_CHARS_MAX: usize = 64;
/// Longest topic line of a conversation, in characters.
pub const TOPIC_LINE_CHARS_MAX: usize = 250;
/// Largest message, in bytes of Markdown: 4,000 characters of four bytes.
pub const MESSAGE_BODY_BYTES_MAX: usize = 16 * 1024;
/// Most files with one message.
pub const ATTACHMENTS_MAX: usize = 10;
/// Most people that are added to a conversation at once.
pub const ADDED_AT_ONCE_MAX: usize = 50;
/// Most people in a group.
pub const GROUP_MEMBERS_MAX: u32 = 500;
/// Above this many people, the page asks before `@here` or `@room` notifies them.
pub const BROADCAST_ASKS_ABOVE: u32 = 20;
/// Most people whom one `@here` or `@room` puts into the inbox; its number counts for everybody.
pub const BROADCAST_NOTIFIED_MAX: usize = 1_000;
/// `@here` notifies those who used one of their devices within this time.
pub const HERE_WITHIN: Duration = Duration::from_secs(15 * 60);
/// In direct conversations and groups up to this many people, it shows who has read.
pub const RECEIPTS_MEMBERS_MAX: u32 = 50;
/// Longest custom status, in characters.
pub const STATUS_TEXT_CHARS_MAX: usize = 100;
/// Custom statuses that the frame of the page knows of a workspace; others come with what names the person.
pub const STATUSES_SHOWN_MAX: usize = 200;
/// The clocks farthest from UTC are 14 hours ahead of it.
pub const UTC_OFFSET_MINUTES_MAX: u32 = 14 * 60;
/// Unread messages and mentions are counted up to this many.
pub const UNREAD_SHOWN_MAX: u32 = 1_000;
/// Most messages pinned in one conversation.
pub const PINNED_MESSAGES_MAX: usize = 100;
/// Most people that one text may notify; further mentions are rendered but notify nobody.
pub const MENTIONS_MAX: usize = 50;
/// Longest emoji, in bytes: a family of four with skin tones is 41.
pub const EMOJI_BYTES_MAX: usize = 64;
/// Most different emoji on one post, comment or message.
pub const REACTION_KINDS_MAX: usize = 20;
/// Most posts pinned in one workspace.
pub const PINNED_POSTS_MAX: usize = 10;
/// Most drafts that one person keeps.
pub const DRAFTS_MAX: usize = 200;
/// Longest text of a notification's excerpt, in characters.
pub const EXCERPT_CHARS_MAX: usize = 160;

// --- Custom events -----------------------------------------------------------------------

/// Longest kind, in bytes: two long words.
pub const EVENT_KIND_BYTES_MAX: usize = 64;
/// Largest payload, in bytes of JSON.
pub const EVENT_PAYLOAD_BYTES_MAX: usize = 32 * 1024;
/// Lists and objects of other programs' JSON that stand inside each other.
pub const JSON_DEPTH_MAX: usize = 32;
/// Longest text that an event notifies with, in characters.
pub const EVENT_NOTICE_CHARS_MAX: usize = 200;
/// Events published at once.
pub const EVENTS_AT_ONCE_MAX: usize = 100;
/// Events published at once that notify a whole workspace.
pub const EVENTS_NOTIFYING_ALL_MAX: usize = 10;
/// Most people whom one event notifies: those of a workspace who were here last. All others see it in the
/// activity.
pub const EVENT_NOTIFIED_MAX: usize = 1_000;
/// Kinds that a workspace registers.
pub const EVENT_KINDS_MAX: usize = 200;
/// Largest JSON Schema of a kind, in bytes.
pub const EVENT_SCHEMA_BYTES_MAX: usize = 32 * 1024;
/// Steps that a schema may ask for at each place of a payload, with everything that it refers to: the
/// largest payload is checked within a second then.
pub const EVENT_SCHEMA_STEPS_MAX: usize = 2_000;
/// How long they are kept, unless the settings say otherwise …
pub const CUSTOM_EVENTS_KEPT_HOURS: u32 = 7 * 24;
/// … but never shorter than this.
pub const CUSTOM_EVENTS_KEPT_HOURS_MIN: u32 = 24;

// --- Lists -------------------------------------------------------------------------------

/// Posts on a page of the feed.
pub const POSTS_PAGE_ROWS: usize = 20;
/// Comments on a page.
pub const COMMENTS_PAGE_ROWS: usize = 50;
/// Messages on a page of a conversation or a thread.
pub const MESSAGES_PAGE_ROWS: usize = 40;
/// Saved messages on a page.
pub const SAVED_PAGE_ROWS: usize = 30;
/// Custom events on a page.
pub const EVENTS_PAGE_ROWS: usize = 50;
/// Notifications on a page.
pub const NOTIFICATIONS_PAGE_ROWS: usize = 30;
/// People, members, rooms and audit lines on a page.
pub const PEOPLE_PAGE_ROWS: usize = 50;

// --- Search ------------------------------------------------------------------------------

/// Longest query, in characters: a long sentence that was pasted fits.
pub const SEARCH_CHARS_MAX: usize = 400;
/// Most words, phrases and filters of a query.
pub const SEARCH_PARTS_MAX: usize = 32;
/// Hits on a page.
pub const SEARCH_PAGE_ROWS: usize = 20;
/// Of so many of the newest matches the best are shown first. It bounds the work that a word takes
/// which stands everywhere; 25 pages are more than anybody turns.
pub const SEARCH_RANKED_MAX: usize = 500;
/// Longest excerpt of a hit, in characters: two lines and a half.
pub const SEARCH_EXCERPT_CHARS_MAX: usize = 220;

// --- Files -------------------------------------------------------------------------------

/// Largest file, in bytes, unless the settings say otherwise.
pub const FILE_BYTES_MAX: u64 = 50 * 1024 * 1024;
/// Longest name of a file, in bytes: what file systems hold.
pub const FILE_NAME_BYTES_MAX: usize = 255;
/// Uploads of one person per minute, and how many may begin at once.
pub const UPLOADS_PER_MINUTE_MAX: u32 = 60;
/// Uploads of one person that run at once …
pub const UPLOADS_PER_USER_MAX: usize = 5;
/// … and those of everybody, per node.
pub const UPLOADS_AT_ONCE_MAX: usize = 32;
/// An upload from which nothing came for this long is given up …
pub const UPLOAD_SILENT_AFTER: Duration = Duration::from_secs(30);
/// … and one that takes longer than this.
pub const UPLOAD_WITHIN: Duration = Duration::from_secs(3600);
/// A file that no message took is removed after this long.
pub const FILES_UNATTACHED_FOR: Duration = Duration::from_secs(24 * 3600);
/// Longest sides of the small pictures of an image, in pixels.
pub const THUMBNAIL_SIDES: [u32; 2] = [480, 1280];
/// Longest side of an image that is shown, in pixels; a larger one is a file like any other.
pub const IMAGE_SIDE_PIXELS_MAX: u32 = 20_000;
/// Most pixels of an image that is shown: the largest pictures of telephones fit.
pub const IMAGE_PIXELS_MAX: u64 = 52_000_000;
/// Most memory that decoding an image may ask for at once.
pub const IMAGE_MEMORY_BYTES_MAX: u64 = 320 * 1024 * 1024;

// --- Links -------------------------------------------------------------------------------

/// Links of one text of which something is shown.
pub const LINKS_SHOWN_MAX: usize = 3;
/// Longest address that is looked at, in bytes; browsers go little further.
pub const LINK_BYTES_MAX: usize = 2048;
/// Looking at a page may take this long, with all its redirects …
pub const LINK_WITHIN: Duration = Duration::from_secs(5);
/// … and this many of them.
pub const LINK_REDIRECTS_MAX: usize = 5;
/// What is read of a page, in bytes: where it says what it is called comes long before.
pub const LINK_PAGE_BYTES_MAX: usize = 1024 * 1024;
/// Pages that a node looks at at the same time.
pub const LINKS_AT_ONCE_MAX: usize = 16;
/// What a page said is true for this long: it is asked once, however many texts link it …
pub const LINK_FRESH_FOR: Duration = Duration::from_secs(24 * 3600);
/// … and one that said nothing is asked again after this.
pub const LINK_SILENT_FOR: Duration = Duration::from_secs(10 * 60);
/// Longest name of a site that is shown, in characters.
pub const LINK_SITE_CHARS_MAX: usize = 60;
/// Longest title of a page that is shown, in characters.
pub const LINK_TITLE_CHARS_MAX: usize = 150;
/// Longest description of a page that is shown, in characters: three lines.
pub const LINK_DESCRIPTION_CHARS_MAX: usize = 300;

// --- Web Push ----------------------------------------------------------------------------

/// A device is told of something after this long, if it was not read by then.
pub const PUSH_GRACE: Duration = Duration::from_secs(15);
/// What could not be delivered for this long is news no more.
pub const PUSH_NEWS_FOR: Duration = Duration::from_secs(24 * 3600);
/// Longest address of a push service, in bytes. Those in use have about 200.
pub const PUSH_ENDPOINT_BYTES_MAX: usize = 1024;
/// Pushes that a node sends at the same time.
pub const PUSHES_AT_ONCE_MAX: usize = 16;
/// A push service may take this long to answer.
pub const PUSH_WITHIN: Duration = Duration::from_secs(10);
/// How often a push is tried before it is given up …
pub const PUSH_ATTEMPTS_MAX: u32 = 6;
/// … the first time again after this long, doubled each time …
pub const PUSH_AGAIN_AFTER: Duration = Duration::from_secs(30);
/// … up to this.
pub const PUSH_AGAIN_AFTER_MAX: Duration = Duration::from_secs(3600);
/// Longest time for which somebody may want to be told of nothing, in minutes: a week.
pub const QUIET_MINUTES_MAX: u32 = 7 * 24 * 60;
/// How long it is kept why devices were told or not.
pub const PUSH_LOG_KEPT_FOR: Duration = Duration::from_secs(7 * 24 * 3600);
/// Lines of it that are shown.
pub const PUSH_LOG_ROWS: usize = 50;
/// A window that says that somebody looks at it is believed for this long; it says so again each minute.
pub const LOOKS_FOR: Duration = Duration::from_secs(75);

// --- Accounts ----------------------------------------------------------------------------

/// How long a signed-in device stays signed in without being used.
pub const SESSION_LIFETIME: Duration = Duration::from_secs(30 * 24 * 3600);
/// Longest life of an invitation link.
pub const INVITATION_DAYS_MAX: u16 = 90;
/// Most people that one invitation link lets in.
pub const INVITATION_USES_MAX: u32 = 1000;
/// Attempts to sign in per minute, for one address and for one account alike.
pub const SIGN_INS_PER_MINUTE_MAX: u32 = 10;
/// Longest name of a token, in characters.
pub const TOKEN_NAME_CHARS_MAX: usize = 64;
/// Tokens of one person or bot that hold at once.
pub const TOKENS_MAX: u32 = 50;
/// Longest life of a token that ends by itself, in days.
pub const TOKEN_DAYS_MAX: u16 = 366;
/// Bots of one workspace.
pub const BOTS_MAX: u32 = 100;
/// A signed access token holds so long.
pub const ACCESS_TOKEN_FOR: Duration = Duration::from_secs(15 * 60);
/// A refresh token holds so long, unless it is used before.
pub const REFRESH_TOKEN_FOR: Duration = Duration::from_secs(30 * 24 * 3600);
/// Exchanges of one token that hold at once; the one that was not used for longest ends.
pub const EXCHANGES_MAX: i64 = 20;
/// Longest text that is looked at as a token; a signed one has about 500 bytes.
pub const TOKEN_BYTES_MAX: usize = 2048;
/// How far the clocks of two servers may differ before a fresh access token is refused.
pub const CLOCKS_DIFFER_MAX: Duration = Duration::from_secs(5);
/// A key signs so long; it is published until the last token that it signed has expired.
pub const SIGNING_KEY_FOR: Duration = Duration::from_secs(30 * 24 * 3600);
/// Requests of one token per second, and at once.
pub const TOKEN_REQUESTS_PER_SECOND_MAX: u32 = 20;
/// See [`TOKEN_REQUESTS_PER_SECOND_MAX`].
pub const TOKEN_REQUESTS_BURST_MAX: u32 = 100;
/// Exchanges of tokens per minute from one address: one every quarter of an hour for 1,800 programs.
pub const TOKEN_EXCHANGES_PER_MINUTE_MAX: u32 = 120;

// --- The socket (DESIGN §5) --------------------------------------------------------------

/// Largest frame that a client may send, in bytes.
pub const FRAME_IN_BYTES_MAX: usize = 64 * 1024;
/// Commands per second and socket, and how many may come at once.
pub const COMMANDS_PER_SECOND_MAX: u32 = 20;
/// See [`COMMANDS_PER_SECOND_MAX`].
pub const COMMANDS_BURST_MAX: u32 = 60;
/// Ephemerals (typing, focus) per second and socket; above it they are dropped.
pub const EPHEMERALS_PER_SECOND_MAX: u32 = 30;
/// Sockets of one person at once.
pub const SOCKETS_PER_USER_MAX: usize = 20;
/// WebSocket handshakes per second and core; above it 503 with Retry-After.
pub const HANDSHAKES_PER_SECOND_AND_CORE_MAX: u32 = 200;
/// Topics that a `hello` may name.
pub const RESUME_TOPICS_MAX: usize = 512;
/// How long a socket may take to say `hello`.
pub const HELLO_WITHIN: Duration = Duration::from_secs(10);
/// The server pings a socket that was idle for this long, give or take a tenth.
pub const PING_AFTER: Duration = Duration::from_secs(25);
/// … and drops it when nothing came within this time.
pub const PONG_WITHIN: Duration = Duration::from_secs(10);
/// A socket that took nothing for this long while something waited is closed (4102).
pub const STALLED_AFTER: Duration = Duration::from_secs(30);
/// The client probes a connection on which nothing came for this long.
pub const CLIENT_PROBE_AFTER: Duration = Duration::from_secs(35);
/// … and drops it when nothing came within this time.
pub const CLIENT_PROBE_WITHIN: Duration = Duration::from_secs(5);
/// First step of the reconnect delay, doubled with each failure.
pub const RECONNECT_STEP: Duration = Duration::from_millis(500);
/// Longest reconnect delay.
pub const RECONNECT_DELAY_MAX: Duration = Duration::from_secs(30);
/// A connection in sync for this long starts the delays over.
pub const HEALTHY_AFTER: Duration = Duration::from_secs(30);
/// A page of catching up: events and bytes.
pub const CATCH_UP_PAGE_EVENTS: usize = 500;
/// See [`CATCH_UP_PAGE_EVENTS`].
pub const CATCH_UP_PAGE_BYTES: usize = 256 * 1024;
/// Further behind than this, a subscriber reloads instead (`reset: too_old`).
pub const CATCH_UP_EVENTS_MAX: u64 = 5_000;
/// See [`CATCH_UP_EVENTS_MAX`].
pub const CATCH_UP_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Database reads for catching up at once, per node.
pub const CATCH_UPS_AT_ONCE_MAX: usize = 64;
/// Newest part of a topic kept in memory.
pub const TAIL_EVENTS_MAX: usize = 256;
/// See [`TAIL_EVENTS_MAX`].
pub const TAIL_BYTES_MAX: usize = 256 * 1024;
/// All tails of a node together.
pub const TAILS_BYTES_MAX: usize = 128 * 1024 * 1024;
/// What may wait for one socket.
pub const QUEUE_FRAMES_MAX: usize = 256;
/// See [`QUEUE_FRAMES_MAX`].
pub const QUEUE_BYTES_MAX: usize = 512 * 1024;
/// Ephemerals are merged for this long before they go out.
pub const EPHEMERALS_MERGED_FOR: Duration = Duration::from_millis(50);
/// A person who types says so again after this long …
pub const TYPING_AGAIN_AFTER: Duration = Duration::from_secs(3);
/// … and is taken as silent by the receiver after this long.
pub const TYPING_GONE_AFTER: Duration = Duration::from_secs(6);
/// A window in which nothing was typed or clicked for this long is idle; a person whose windows all are is away.
pub const IDLE_AFTER: Duration = Duration::from_secs(5 * 60);
/// How far somebody has read is told to others this often at most.
pub const SEEN_TOLD_EVERY: Duration = Duration::from_secs(1);
/// Leaving shows after this long, so that a reload does not flicker.
pub const PRESENCE_LEAVES_AFTER: Duration = Duration::from_secs(10);
/// Above this many people in a place, presence is a count and the first ones.
pub const PRESENCE_PEOPLE_MAX: usize = 200;
/// … namely this many.
pub const PRESENCE_PEOPLE_SHOWN: usize = 50;

// --- Between nodes -----------------------------------------------------------------------

/// Channels of the bus: workspaces and people hash into these.
pub const BUS_PARTITIONS: u16 = 256;
/// Largest doorbell that carries its events; a larger one only names the head.
pub const DOORBELL_BYTES_MAX: usize = 8 * 1024;
/// How often a node looks at the heads of its topics when the bus works …
pub const SWEEP_EVERY: Duration = Duration::from_secs(5);
/// … and when it does not.
pub const SWEEP_EVERY_WITHOUT_BUS: Duration = Duration::from_millis(500);
/// How often a node sends itself a canary through the bus.
pub const CANARY_EVERY: Duration = Duration::from_secs(5);
/// A bus that carried no canary for this long is degraded.
pub const CANARY_SILENT_AFTER: Duration = Duration::from_secs(15);

// --- Keeping -----------------------------------------------------------------------------

/// How long events are kept …
pub const EVENTS_KEPT_FOR: Duration = Duration::from_secs(7 * 24 * 3600);
/// … and how many of the newest of each topic in any case.
pub const EVENTS_KEPT_MIN: u64 = 1_000;
