// What most tests begin with: a server of their own, and people in one workspace.
import { test as base } from '@playwright/test';
import { Person } from './person.ts';
import { Server } from './server.ts';

export const WORKSPACE = 'Overhang Co-op';

type Fixtures = {
  server: Server;
  /** The first administrator, in the feed of a fresh workspace. */
  ada: Person;
  /** A member, in a browser of his own. */
  ben: Person;
};

export const test = base.extend<Fixtures>({
  server: async ({}, use) => {
    const server = await Server.start();
    await use(server);
    await server.stop();
  },
  ada: async ({ browser, server }, use) => {
    const ada = await Person.at(browser, server, 'Ada Lovelace');
    await ada.setsUp(WORKSPACE);
    await use(ada);
    ada.hasNoComplaints();
    await ada.leaves();
  },
  ben: async ({ browser, server, ada }, use) => {
    const ben = await Person.at(browser, server, 'Ben Okafor');
    await ben.joins(await ada.invites());
    await use(ben);
    ben.hasNoComplaints();
    await ben.leaves();
  },
});

export { expect } from '@playwright/test';
