import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { controls } from '../../lambda/core/judge/controls/index.ts';
import { withCosts } from '../core/findings/scope-cost.ts';
import { remediationPage } from '../core/fix/remediation/remediation-page.ts';
import { controlsPage } from './controls-page.ts';
import { withCorePicture } from './core-picture.ts';
import { costPage } from './cost-page.ts';
import { deploymentSchema } from './deployment-schema.ts';
import { withDocumentHashes } from './document-hashes.ts';
import { frameworksPage } from './frameworks-page.ts';
import { measuredItems, measuredOrganization } from './measured-items.ts';
import { withNodePath } from './node-path.ts';
import { resultSchema } from './result-schema.ts';

// `npm run docs`: the pages, and the hashes of SSM documents, that tests compare with the program.
const docs = join(import.meta.dirname, '../../docs');
await writeFile(join(docs, 'controls.md'), controlsPage(controls));
await writeFile(join(docs, 'frameworks.md'), frameworksPage(controls));
await writeFile(join(docs, 'cost.md'), costPage(measuredItems, measuredOrganization));
const findings = join(docs, 'findings.md');
await writeFile(findings, withCosts(await readFile(findings, 'utf8')));
await writeFile(join(docs, 'remediation.md'), remediationPage());
await writeFile(join(docs, 'schema/result-1.json'), resultSchema());
await writeFile(join(docs, 'schema/deployment-1.json'), deploymentSchema());
const architecture = join(docs, '../ARCHITECTURE.md');
await writeFile(architecture, withNodePath(withCorePicture(await readFile(architecture, 'utf8'))));
const contents = join(docs, '../lambda/contract/document-contents.ts');
await writeFile(contents, withDocumentHashes(await readFile(contents, 'utf8')));
