import { execFile } from 'node:child_process';
import { createHash, type KeyObject, sign } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { App, BootstraplessSynthesizer, type IStackSynthesizer } from 'aws-cdk-lib';
import { type Zippable, zipSync } from 'fflate';
import * as z from 'zod/mini';
import { bundledPackages, noticesOf } from '../../packaging/bundled-packages.ts';
import { packProgram } from '../../packaging/package.ts';
import { addWaivers, bundleAudit } from '../bundle.ts';
import type { Settings } from '../config/settings.ts';
import { addStacks } from '../stacks/add-stacks.ts';
import { addReleasedStacks, ReleasedCode } from './released-stacks.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const terraformModule = fileURLToPath(new URL('main.tf', import.meta.url));

interface ReleaseOptions {
  /** Emptied, and filled. */
  readonly directory: string;
  /** Templates for these settings; templates with parameters when absent. */
  readonly settings?: Settings;
  /** Feature flags of the templates: the context of cdk.json. */
  readonly context: Readonly<Record<string, unknown>>;
  /** An ECDSA key that signs the checksums. */
  readonly key?: KeyObject;
}

/**
 * The command line as a package, and everything for a deployment without CDK. That is the functions' code as one archive, a template for each stack
 * that takes it from a bucket, and the licences of what is bundled. Templates with parameters come with a Terraform module. A bill of materials and
 * the SHA-256 of each file go with them. The same source and settings give the same bytes, but for the signature, which is of its own each time.
 */
export async function makeRelease({ directory, settings, context, key }: ReleaseOptions): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const work = await mkdtemp(join(tmpdir(), 'release-'));
  try {
    const inputs = await bundleAudit(join(work, 'audit'));
    if (settings) await addWaivers(join(work, 'audit'), settings);
    const archive = zipSync(await filesIn(join(work, 'audit')), { level: 9 });
    const code = `audit-${sha256(archive).slice(0, 16)}.zip`;
    await writeFile(join(directory, code), archive);

    await writeTemplates(directory, { ...(settings && { settings }), context, code, outdir: join(work, 'cdk.out') });
    if (!settings) await copyFile(terraformModule, join(directory, 'main.tf'));
    await writeFile(join(directory, 'THIRD-PARTY-NOTICES.txt'), noticesOf(await bundledPackages(root, inputs)));
    await writeBillOfMaterials(join(directory, 'sbom.cdx.json'));
    await packProgram(directory);
    const checksums = await checksumsIn(directory);
    await writeFile(join(directory, 'SHA256SUMS'), checksums);
    if (key) await writeFile(join(directory, 'SHA256SUMS.sig'), sign('sha256', Buffer.from(checksums), key));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function writeTemplates(
  directory: string,
  {
    settings,
    context,
    code,
    outdir,
  }: Pick<ReleaseOptions, 'settings' | 'context'> & { readonly code: string; readonly outdir: string },
): Promise<void> {
  const app = new App({ context: { ...context }, outdir, analyticsReporting: false });
  // No bucket of CDK's own, and nothing that asks for its bootstrap stack.
  // The library's own types do not agree where an optional property may not be undefined.
  const synthesizer = () => new BootstraplessSynthesizer() as IStackSynthesizer;
  if (settings) addStacks(app, { settings, code: () => new ReleasedCode(code), synthesizer });
  else addReleasedStacks(app, { code: new ReleasedCode(code), synthesizer: synthesizer() });
  for (const { stackName, template } of app.synth().stacks)
    await writeFile(join(directory, `${stackName}.template.json`), `${JSON.stringify(template, undefined, 1)}\n`);
}

/** With a fixed time, so that the archive depends on its files alone. */
async function filesIn(folder: string): Promise<Zippable> {
  const names = (await readdir(folder)).toSorted();
  const mtime = new Date(1980, 0, 1);
  const files: Zippable = {};
  for (const name of names) files[name] = [await readFile(join(folder, name)), { mtime }];
  return files;
}

/** CycloneDX by npm, of everything that the lock file has to run the program: more than is bundled. Without what differs from one making to the next. */
async function writeBillOfMaterials(file: string): Promise<void> {
  const options = ['--sbom-format', 'cyclonedx', '--omit', 'dev', '--package-lock-only', '--loglevel=error'];
  const { stdout } = await promisify(execFile)('npm', ['sbom', ...options], { cwd: root, maxBuffer: 16 * 1024 * 1024 });
  const { serialNumber: _, metadata, ...bill } = billSchema.parse(JSON.parse(stdout));
  const { timestamp: __, tools: ___, component, ...about } = metadata;
  // npm takes the folder's name for the project's.
  const named = {
    ...about,
    component: { ...component, name: component.purl.replace(/^pkg:npm\//, '').split('@', 1)[0] },
  };
  await writeFile(file, `${JSON.stringify({ ...bill, metadata: named }, undefined, 1)}\n`);
}

const billSchema = z.looseObject({
  serialNumber: z.unknown(),
  metadata: z.looseObject({
    timestamp: z.unknown(),
    tools: z.unknown(),
    component: z.looseObject({ purl: z.string() }),
  }),
});

async function checksumsIn(directory: string): Promise<string> {
  const names = (await readdir(directory)).toSorted();
  const lines = names.map(async (name) => `${sha256(await readFile(join(directory, name)))}  ${name}\n`);
  return (await Promise.all(lines)).join('');
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
