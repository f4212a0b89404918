// Pictures of every page, to be looked at: `npx playwright test -c photos.config.ts`.
import tests from './playwright.config.ts';

export default { ...tests, testDir: './photos', outputDir: './photos-results', testMatch: '*.photo.ts', timeout: 600_000 };
