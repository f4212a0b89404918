//! Whole servers under real sockets: one file per promise.
//!
//! [`harness`] starts servers and gives people who act, [`pair`] two servers that are one site; [`programs`]
//! starts Redis, PostgreSQL, a bucket and the `hubbub` program itself; [`uploads`] lets people send files;
//! [`push_service`] takes what devices are told.

mod harness;
mod pair;
mod programs;
mod push_service;
mod uploads;

mod accounts;
mod api;
mod arrows;
mod backups;
mod backups_hostile;
mod closing;
mod cookie;
mod crash;
mod custom_events;
mod database_away;
mod demo;
mod doctor;
mod downloads;
mod files;
mod files_bucket;
mod files_going;
mod headers;
mod health;
mod hostile;
mod leaks;
mod links;
mod live;
mod nodes;
mod pages;
mod presence;
mod push;
mod revocation;
mod search;
mod slow;
mod snapshot;
mod stopping;
mod talks;
mod token_sockets;
mod tokens;
mod writing;
