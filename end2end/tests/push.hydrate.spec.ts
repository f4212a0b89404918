// The installed app and its service worker: the manifest, the offline page, what a push shows.
import AxeBuilder from '@axe-core/playwright';
import { CDPSession } from '@playwright/test';
import { createECDH, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '../helpers/fixtures.ts';
import { Person } from '../helpers/person.ts';
import { Server } from '../helpers/server.ts';

// Everywhere else the worker stays away, so that tests see each request of the page.
test.use({ serviceWorkers: 'allow' });

/** The worker is in charge of what is opened from now on. */
async function hasItsWorker(person: Person) {
  await person.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await expect
    .poll(() => person.page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.active?.state))
    .toBe('activated');
}

/** Delivers pushes to the worker, as the browser does after decrypting them. */
class Pushes {
  private constructor(
    private readonly devtools: CDPSession,
    private readonly origin: string,
    private readonly registrationId: string,
  ) {}

  static async to(person: Person): Promise<Pushes> {
    const devtools = await person.context.newCDPSession(person.page);
    const registered = new Promise<string>((found) => {
      devtools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
        const one = registrations.find((registration) => registration.scopeURL.startsWith(person.server.address));
        if (one) found(one.registrationId);
      });
    });
    await devtools.send('ServiceWorker.enable');
    return new Pushes(devtools, person.server.address, await registered);
  }

  async deliver(told: unknown) {
    const { origin, registrationId } = this;
    await this.devtools.send('ServiceWorker.deliverPushMessage', { origin, registrationId, data: JSON.stringify(told) });
  }
}

function shown(person: Person) {
  return person.page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    const all = await registration.getNotifications();
    return all.map((one) => `${one.title}: ${one.body}`).sort();
  });
}

test('the page can be installed', async ({ ada }) => {
  const href = await ada.page.locator('link[rel=manifest]').getAttribute('href');
  const manifest = await (await ada.page.request.get(href!)).json();
  expect(manifest).toMatchObject({ name: 'Hubbub', start_url: '/', scope: '/', display: 'standalone' });
  for (const icon of manifest.icons) {
    const answer = await ada.page.request.get(icon.src);
    expect(answer.status(), icon.src).toBe(200);
    expect(answer.headers()['content-type']).toBe(icon.type);
  }
  await hasItsWorker(ada);
  const devtools = await ada.context.newCDPSession(ada.page);
  const { errors } = await devtools.send('Page.getAppManifest');
  expect(errors).toEqual([]);
});

test('without a connection a page says so, and is there again when it is back', async ({ ada }) => {
  await hasItsWorker(ada);
  const address = ada.page.url();
  ada.expectsNetworkErrors = true;
  await ada.server.kill();
  await ada.page.goto(address);
  await expect(ada.page.getByRole('heading', { name: 'You are offline' })).toBeVisible();
  expect(ada.page.url(), 'trying again leads here').toBe(address);
  // Nothing of anybody's pages is kept.
  const kept = await ada.page.evaluate(async () => {
    const caches_ = await Promise.all((await caches.keys()).map((name) => caches.open(name)));
    const requests = (await Promise.all(caches_.map((cache) => cache.keys()))).flat();
    return requests.map((request) => new URL(request.url).pathname).filter((path) => !path.startsWith('/pkg/'));
  });
  expect(kept.sort()).toEqual(['/favicon.svg', '/offline.css', '/offline.html']);
  await ada.server.up();
  await ada.page.getByRole('link', { name: 'Try again' }).click();
  await ada.isInTheFeed();
});

test('a push is shown, replaced by a later one, and taken back', async ({ ada }) => {
  await ada.context.grantPermissions(['notifications'], { origin: ada.server.address });
  await hasItsWorker(ada);
  const pushes = await Pushes.to(ada);
  const hello = { do: 'show', tag: 'a', title: 'Ben', body: 'Hello', url: '/inbox', at: 1 };
  await pushes.deliver(hello);
  await expect.poll(() => shown(ada)).toEqual(['Ben: Hello']);
  // A server that was cut off may say it twice.
  await pushes.deliver(hello);
  await pushes.deliver({ ...hello, body: 'Hello again', at: 2 });
  await expect.poll(() => shown(ada)).toEqual(['Ben: Hello again']);
  await pushes.deliver({ ...hello, tag: 'b', title: 'Cleo', at: 3 });
  await expect.poll(() => shown(ada)).toEqual(['Ben: Hello again', 'Cleo: Hello']);
  await pushes.deliver({ do: 'close', tag: 'a' });
  await expect.poll(() => shown(ada)).toEqual(['Cleo: Hello']);
});

test('a notification leads to its place, in the window that is open', async ({ ada }) => {
  await ada.isLive();
  // What the worker says to the page when somebody chooses a notification.
  await ada.page.evaluate(() => {
    navigator.serviceWorker.dispatchEvent(new MessageEvent('message', { data: { open: '/inbox' } }));
  });
  await expect(ada.page).toHaveURL(/\/inbox$/);
  await ada.isLive();
  // Another site's address is no place of ours.
  await ada.page.evaluate(() => {
    navigator.serviceWorker.dispatchEvent(new MessageEvent('message', { data: { open: 'https://example.org/' } }));
  });
  await ada.page.evaluate(() => {
    navigator.serviceWorker.dispatchEvent(new MessageEvent('message', { data: { open: '/settings' } }));
  });
  await expect(ada.page).toHaveURL(/\/settings$/);
});

test('the settings say in plain words what this browser allows', async ({ ada }) => {
  await ada.page.goto('/settings');
  await ada.isLive();
  await ada.page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Notifications' }).click();
  await expect(ada.page.getByRole('heading', { name: 'This device' })).toBeVisible();
  await expect(ada.page.getByText(/This device is not notified|are blocked in this browser/)).toBeVisible();
  await expect(ada.page.getByText('Nothing yet: none of your devices')).toBeVisible();

  ada.expectsNetworkErrors = true;
  await ada.page.getByRole('button', { name: 'Send me a test notification' }).click();
  await expect(ada.page.getByText('None of your devices is notified yet.')).toBeVisible();

  await ada.context.grantPermissions(['notifications'], { origin: ada.server.address });
  await ada.page.reload();
  await ada.isLive();
  await expect(ada.page.getByRole('button', { name: 'Notify this device' })).toBeEnabled();
  for (const colorScheme of ['light', 'dark'] as const) {
    await ada.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const tags = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const { violations } = await new AxeBuilder({ page: ada.page }).withTags(tags).analyze();
    expect(violations.map((violation) => violation.id)).toEqual([]);
  }
});

test('a device is switched on, told, and switched off', async ({ browser }) => {
  // Test browsers have no push service, so the page is given the address of this one.
  const received: string[] = [];
  const service = createServer((request, response) => {
    received.push(`${request.method} ${request.url}`);
    request.resume();
    response.writeHead(201).end();
  });
  await new Promise<void>((done) => service.listen(0, '127.0.0.1', done));
  const device = createECDH('prime256v1');
  const written = {
    endpoint: `http://127.0.0.1:${(service.address() as AddressInfo).port}/ada`,
    expirationTime: null,
    keys: { p256dh: device.generateKeys('base64url'), auth: randomBytes(16).toString('base64url') },
  };

  const settings = { HUBBUB_PUSH_TO_LOOPBACK: 'true', HUBBUB_PUSH_GRACE_SECONDS: '0' };
  const server = await Server.start({ settings });
  const ada = await Person.at(browser, server, 'Ada Lovelace');
  await ada.context.grantPermissions(['notifications'], { origin: server.address });
  await ada.context.addInitScript((written) => {
    let current: PushSubscription | null = null;
    const subscription = Object.create(PushSubscription.prototype, {
      toJSON: { value: () => written },
      unsubscribe: { value: async () => ((current = null), true) },
    });
    PushManager.prototype.subscribe = async () => (current = subscription);
    PushManager.prototype.getSubscription = async () => current;
  }, written);
  await ada.setsUp('Overhang Co-op');
  const ben = await Person.at(browser, server, 'Ben Okafor');
  await ben.joins(await ada.invites());
  await ada.page.goto('/settings/notifications');
  await ada.isLive();

  await ada.page.getByRole('button', { name: 'Notify this device', exact: true }).click();
  await expect(ada.page.getByText('This device is notified.')).toBeVisible();
  await ada.page.getByRole('button', { name: 'Send me a test notification' }).click();
  await expect.poll(() => received).toEqual(['POST /ada']);
  const log = ada.page.getByRole('list', { name: 'What was sent, and why not' });
  await expect(log.getByRole('listitem')).toContainText('A test: sent');

  // While she looks at a window she is told there, and on no device.
  await ben.writesToDirectly('ada', 'Are you there?');
  await expect(log).toContainText('A direct message: not sent, Hubbub was open in front of you');
  // Test browsers think that every page has the focus.
  const left = ada.page.waitForResponse((answer) => answer.url().endsWith('/api/push.look'));
  await ada.page.evaluate(() => {
    document.hasFocus = () => false;
    dispatchEvent(new Event('blur'));
  });
  await left;
  await ben.writesToDirectly('ada', 'Hello?');
  await expect.poll(() => received).toEqual(['POST /ada', 'POST /ada']);
  await expect(log).toContainText('A direct message: sent');

  await ada.page.getByRole('button', { name: 'Stop notifying this device' }).click();
  await expect(ada.page.getByText('This device is not notified.')).toBeVisible();
  ada.expectsNetworkErrors = true;
  await ada.page.getByRole('button', { name: 'Send me a test notification' }).click();
  await expect(ada.page.getByText('None of your devices is notified yet.')).toBeVisible();
  for (const person of [ada, ben]) {
    person.hasNoComplaints();
    await person.leaves();
  }
  await server.stop();
  service.close();
});

test('the window has the colour of the page, light or dark', async ({ ada }) => {
  const colour = () =>
    ada.page.evaluate(() => {
      const metas = [...document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')];
      return metas.find((meta) => matchMedia(meta.media).matches)?.content;
    });
  const rail = () =>
    ada.page.evaluate(() => {
      const canvas = document.createElement('canvas').getContext('2d')!;
      canvas.fillStyle = getComputedStyle(document.querySelector('.rail')!).backgroundColor;
      canvas.fillRect(0, 0, 1, 1);
      const [r, g, b] = canvas.getImageData(0, 0, 1, 1).data;
      return '#' + [r, g, b].map((part) => part.toString(16).padStart(2, '0')).join('');
    });
  await ada.page.goto('/settings');
  await ada.isLive();
  for (const choice of ['Dark', 'Light', 'System']) {
    await ada.page.getByRole('group', { name: 'Appearance' }).getByRole('button', { name: choice }).click();
    await expect.poll(async () => (await colour()) === (await rail()), choice).toBe(true);
  }
});
