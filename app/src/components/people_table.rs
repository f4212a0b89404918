//! The table of people: of a workspace, and of the whole instance.

use super::avatar::{Avatar, Size};
use super::bot_mark::BotMark;
use super::states::Blank;
use leptos::prelude::*;
use leptos_router::location::Url;
use protocol::Person;
use protocol::page::PageKey;
use protocol::presence::Bearing;

/// A column between the name and the menu.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its heading.
    pub title: &'static str,
    /// How its cells stand.
    pub class: &'static str,
}

/// Finds people by a part of their name.
#[component]
pub fn PeopleSearch(
    /// The page.
    #[prop(into)]
    page: String,
    /// What was looked for.
    search: Option<String>,
) -> impl IntoView {
    view! {
        <form class="section-head" method="get" action=page role="search">
            <input class="input" type="search" name="q" placeholder="Find a person" aria-label="Find a person" value=search/>
            <button class="button" type="submit">"Find"</button>
        </form>
    }
}

/// Instead of the table, when nobody fits.
#[component]
pub fn NobodyFound(
    /// The page, which shows everybody.
    #[prop(into)]
    page: String,
) -> impl IntoView {
    view! {
        <Blank icon="people" title="Nobody has this name" text="Look for a part of a name or of a handle.">
            <a class="button" href=page>"Show everybody"</a>
        </Blank>
    }
}

/// The table with its heads, and the way to the next page.
#[component]
pub fn PeopleTable(
    /// The columns between the name and the menu.
    columns: &'static [Column],
    /// Where the next page is, if there is one.
    next: Option<String>,
    /// The rows.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="table-holder">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        {columns.iter().map(|column| view! { <th scope="col" class=column.class>{column.title}</th> }).collect_view()}
                        <th scope="col">
                            <span class="visually-hidden">"Actions"</span>
                        </th>
                    </tr>
                </thead>
                <tbody>{children()}</tbody>
            </table>
        </div>
        {next.map(|next| view! { <a class="button" href=next>"More people"</a> })}
    }
}

/// Face, name and handle.
#[component]
pub fn PersonCell(
    /// Who.
    person: Person,
    /// Their page.
    #[prop(optional, into)]
    href: Option<String>,
    /// Whether they are here, and how.
    #[prop(optional, into)]
    presence: Option<Signal<Option<Bearing>>>,
) -> impl IntoView {
    let avatar = match presence {
        Some(presence) => {
            view! { <Avatar person=person.clone() size=Size::Medium presence=presence/> }.into_any()
        }
        None => view! { <Avatar person=person.clone() size=Size::Medium/> }.into_any(),
    };
    let name = view! {
        <span class="truncate" title=person.name.clone()>
            {person.name.clone()} <small class="muted">" @" {person.handle.clone()}</small> " " <BotMark bot=person.bot/>
        </span>
    };
    view! {
        <td>
            {match href {
                Some(href) => view! { <a class="table-person" href=href>{avatar} {name}</a> }.into_any(),
                None => view! { <span class="table-person">{avatar} {name}</span> }.into_any(),
            }}
        </td>
    }
}

/// The address of the next page of what was looked for.
#[must_use]
pub fn next_page(page: &str, search: Option<&str>, next: Option<&PageKey>) -> Option<String> {
    let key = Url::escape(&next?.0);
    Some(match search {
        Some(search) => format!("{page}?q={}&after={key}", Url::escape(search)),
        None => format!("{page}?after={key}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_one_of_what_was_looked_for() {
        let key = PageKey("7 ada".to_owned());
        assert_eq!(next_page("/p", Some("a&b"), Some(&key)).unwrap(), "/p?q=a%26b&after=7%20ada");
        assert_eq!(next_page("/p", None, Some(&key)).unwrap(), "/p?after=7%20ada");
        assert_eq!(next_page("/p", Some("a"), None), None);
    }
}
