-- Finds what is too old to be kept, whoever it belongs to.
CREATE INDEX notifications_age ON notifications (at);
