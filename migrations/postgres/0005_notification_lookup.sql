-- Finds who was told of a post or comment by its id and theirs. One index for both kinds: an id
-- names one thing only. Looking by post alone reads every notification of a busy post.
DROP INDEX notifications_comment;
CREATE INDEX notifications_about ON notifications (COALESCE(comment_id, post_id), user_id);
