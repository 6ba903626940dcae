import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { controls } from '../../lambda/core/controls/index.ts';
import { controlsPage } from '../../lambda/core/reports/controls-page.ts';
import { costPage } from './cost-page.ts';
import { measuredItems } from './measured-items.ts';

// `npm run docs`: the pages that test/core/reports/controls-page.test.ts and test/docs/cost-page.test.ts compare with the program.
const docs = join(import.meta.dirname, '../../docs');
await writeFile(join(docs, 'controls.md'), controlsPage(controls));
await writeFile(join(docs, 'cost.md'), costPage(measuredItems));
