// Four people talk for a while, each in two browsers, one of them on a phone with a flaky line.
import { Browser, expect, Locator, Page } from '@playwright/test';
import { test } from '../helpers/fixtures.ts';
import { awake, Person } from '../helpers/person.ts';

const ROUNDS = 24;
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true };

/** The same numbers on every run. */
function numbers(seed: number) {
  return (below: number) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
}

/** The messages of the room; the panel of a thread has a list of its own. */
function messages(page: Page): Locator {
  return page.getByRole('list', { name: 'Messages' }).getByRole('article');
}

function message(page: Page, text: string): Locator {
  return messages(page).filter({ hasText: text });
}

function composer(page: Page): Locator {
  return page.getByRole('textbox', { name: 'Message #general' });
}

async function comesToTheRoom(page: Page, address: string) {
  await page.goto(address);
  await awake(page);
  await expect(composer(page)).toBeVisible();
}

async function says(page: Page, text: string) {
  await composer(page).fill(text);
  await composer(page).press('Enter');
  await expect(message(page, text)).toHaveCount(1);
}

/** The same person on a second device. */
async function another(browser: Browser, person: Person): Promise<Person> {
  const second = await Person.at(browser, person.server, person.name);
  await second.signsIn();
  return second;
}

test('four people in two browsers each lose, double and misorder nothing', async ({ ada, browser, server }) => {
  test.setTimeout(600_000);
  const people = [ada];
  for (const [name, options] of [['Ben Okafor', {}], ['Cleo Tanaka', {}], ['Dov Adler', PHONE]] as const) {
    const person = await Person.at(browser, server, name, options);
    await person.joins(await ada.invites());
    people.push(person);
  }
  await ada.page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'general' }).click();
  await expect(composer(ada.page)).toBeVisible();
  const room = new URL(ada.page.url()).pathname;
  const seconds = [];
  for (const person of people) {
    seconds.push(await another(browser, person));
    await comesToTheRoom(person.page, room);
  }
  const [, ben, cleo, dov] = people;
  // The second browsers look elsewhere, except one: what is unread there must become read.
  await comesToTheRoom(seconds[1].page, room);
  dov.expectsNetworkErrors = true;

  const below = numbers(20_261_121);
  const said: string[] = [];
  const gone = new Set<string>();
  for (let index = 0; index < ROUNDS; index += 1) {
    const round = String(index).padStart(2, '0');
    if (index % 4 === 1) await dov.context.setOffline(true);
    const speaker = people[below(people.length)];
    const text = `${speaker.handle} says ${round}`;
    await says(speaker.page, text);
    said.push(text);
    // Somebody else answers at the same time, without waiting for the first.
    const other = people[(people.indexOf(speaker) + 1 + below(3)) % people.length];
    const answer = `${other.handle} answers ${round}`;
    await says(other.page, answer);
    said.push(answer);
    if (index % 4 === 2) await dov.context.setOffline(false);
    if (index % 5 === 3) {
      // A reaction, seen by somebody in another browser.
      await expect(message(cleo.page, answer)).toHaveCount(1);
      await message(cleo.page, answer).focus();
      await message(cleo.page, answer).locator('summary[aria-label="Add a reaction"]').click();
      await message(cleo.page, answer).getByRole('button', { name: 'Party', exact: true }).click();
      await expect(message(seconds[1].page, answer).getByRole('button', { name: 'Party, 1' })).toBeVisible();
    }
    if (index % 5 === 4) {
      const own = `ben takes back ${round}`;
      await says(ben.page, own);
      await expect(message(cleo.page, own)).toHaveCount(1);
      await message(ben.page, own).focus();
      await message(ben.page, own).locator('summary[aria-label^="More for"]').click();
      await message(ben.page, own).getByRole('button', { name: 'Delete' }).click();
      gone.add(own);
    }
  }
  await dov.context.setOffline(false);

  const everybody = [...people, seconds[1]];
  for (const person of everybody) {
    for (const text of said) await expect(message(person.page, text)).toHaveCount(1);
    for (const text of gone) await expect(message(person.page, text)).toHaveCount(0);
  }
  // One order for all of them, and it is the order of the log.
  const order = async (page: Page) => {
    const texts = await messages(page).allInnerTexts();
    return texts.flatMap((text) => said.find((one) => text.split('\n').includes(one)) ?? []);
  };
  const first = await order(ada.page);
  expect(first).toHaveLength(said.length);
  for (const person of everybody) await expect.poll(() => order(person.page)).toEqual(first);
  // What each of them wrote stands in the order in which they wrote it.
  for (const person of people) {
    const own = (texts: string[]) => texts.filter((text) => text.startsWith(`${person.handle} `));
    expect(own(first)).toEqual(own(said));
  }
  // Read in one browser is read in the other.
  for (const [index, person] of people.entries()) {
    await person.page.bringToFront();
    // Only what was on screen is read.
    await messages(person.page).last().scrollIntoViewIfNeeded();
    const link = seconds[index].page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'general' });
    await expect(link).toHaveAccessibleName('general');
  }
  for (const person of [...people.slice(1), ...seconds]) {
    person.hasNoComplaints();
    await person.leaves();
  }
});
