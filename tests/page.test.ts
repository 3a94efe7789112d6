import { afterAll, beforeAll, describe } from "vitest";
import { executablePath, hasChromium } from "./browser/chromium.ts";
import { openPageFixture, type PageFixture } from "./browser/page-fixture.ts";
import { testClassroom } from "./browser/page/classroom.ts";
import { testGallery } from "./browser/page/gallery.ts";
import { testLooks } from "./browser/page/looks.ts";
import { testOffline } from "./browser/page/offline.ts";
import { testOwnData } from "./browser/page/own-data.ts";

/** One API and one browser for all of the page's tests: starting them takes longer than most tests do. */
describe.skipIf(!hasChromium)(
  `the page, in Chromium (skipped where there is none at ${executablePath})`,
  () => {
    let fixture: PageFixture;
    beforeAll(async () => {
      fixture = await openPageFixture();
    });
    afterAll(() => fixture?.close());
    testGallery(() => fixture);
    testClassroom(() => fixture);
    testOwnData(() => fixture);
    testOffline(() => fixture);
    testLooks(() => fixture);
  },
);
