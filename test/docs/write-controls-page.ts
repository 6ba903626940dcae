import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { controls } from '../../lambda/core/controls/index.ts';
import { controlsPage } from '../../lambda/core/reports/controls-page.ts';

// `npm run docs`: the page that test/core/reports/controls-page.test.ts compares with the catalogue.
await writeFile(join(import.meta.dirname, '../../docs/controls.md'), controlsPage(controls));
