import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { kubeletReleases } from '../../lambda/contract/kubelet-facts.ts';
import { settingPaths, settings } from '../../lambda/core/model/settings.ts';
import { isInstalled } from '../infra/documents/is-installed.ts';
import { dataFiles, factsFolder, type RecordedRelease, recordedReleases } from './write-facts.ts';

const records = recordedReleases();
const here = import.meta.dirname;
const parts = ['flags', 'gates', 'fields', 'defaults', 'legacyDefaults'] as const;

describe('the data files', () => {
  const checkedIn = new Map(
    readdirSync(factsFolder).map((name) => [name, readFileSync(join(factsFolder, name), 'utf8')]),
  );

  it('are the bytes that npm run facts makes of the records, in any order of them', () => {
    expect(dataFiles(records)).toEqual(checkedIn);
    expect(dataFiles(records.toReversed())).toEqual(checkedIn);
  });

  it('are read as what was recorded of each release, by tag and commit', () => {
    for (const record of records) {
      const release = kubeletReleases.find(({ release: tag }) => tag === record.tag);
      expect(record.source).toMatch(/^[\w.-]+\/[\w.-]+@[\da-f]{40}$/);
      expect(release?.source).toBe(record.source);
      for (const part of ['flags', 'gates', 'fields'] as const)
        expect([...(release?.[part].keys() ?? [])].toSorted()).toEqual(Object.keys(record[part]).toSorted());
    }
    expect(kubeletReleases).toHaveLength(records.length);
  });

  it('are not made of a version that is no release, nor with a version left out', () => {
    const planted = (change: Partial<RecordedRelease>) => dataFiles(records.map((each) => ({ ...each, ...change })));
    expect(() => planted({ tag: 'v1.37.0-beta.0' })).toThrow("'v1.37.0-beta.0' is not a released tag");
    expect(() => planted({ fields: { odd: 'map[int]string' } })).toThrow('the field odd has the type map[int]string');
    expect(() => dataFiles(records.filter(({ tag }) => !tag.startsWith('v1.31.')))).toThrow('no 1.31 is');
  });
});

it.each(records)('the settings have the defaults of $tag', ({ flags, fields, defaults, legacyDefaults }) => {
  const zero = { string: '', bool: false, int: 0, duration: '0s' };
  for (const path of settingPaths.filter((each) => !each.startsWith('featureGates.'))) {
    const { type, flag, default: byDefault, legacyDefault } = settings[path];
    const value = defaults[path] ?? zero[type];
    expect([byDefault, legacyDefault], path).toEqual([value, legacyDefaults[path] ?? value]);
    expect([flag in flags, path in fields], path).toEqual([true, true]);
  }
});

/** What a kubelet that was built from such a source prints and registers. */
const binarySchema = z.strictObject({
  tag: z.string(),
  source: z.string(),
  help: z.array(z.string()),
  gates: z.record(z.string(), z.unknown()),
});

/** The gates that OpenShift's kubelet has and the released one has not. */
const addedByOpenShift = new Set([
  'ControllerManagerReleaseLeaderElectionLockOnExit',
  'MinimumKubeletVersion',
  'RouteExternalCertificate',
  'SELinuxMountGAReadiness',
  'StoragePerformantSecurityPolicy',
]);
/** The flags that the released kubelet's own main package adds by an import, and the built one's did not. */
const ofMainPackage = ['log-json-info-buffer-size', 'log-json-split-stream'];

it.each(readdirSync(join(here, 'binaries')))(
  'what is recorded is what a binary of the same source says: %s',
  (name) => {
    const binary = binarySchema.parse(JSON.parse(readFileSync(join(here, 'binaries', name), 'utf8')));
    const recorded = records.find(({ tag }) => tag === binary.tag);
    const flags = Object.entries(recorded?.flags ?? {}).filter(([, { windows }]) => !windows);
    expect([...binary.help, ...ofMainPackage].toSorted()).toEqual(flags.map(([flag]) => flag).toSorted());
    const gates = Object.entries(binary.gates).filter(([gate]) => !addedByOpenShift.has(gate));
    expect(Object.fromEntries(gates)).toEqual(recorded?.gates);
  },
);

describe.skipIf(!isInstalled('go'))('the generator, on sources in miniature', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'facts-'));
    execFileSync('go', ['build', '-o', join(folder, 'list-facts'), '.'], {
      cwd: here,
      env: {
        ...process.env,
        GOFLAGS: '-mod=mod',
        GOPROXY: 'off',
        GOTOOLCHAIN: 'local',
        GOCACHE: join(folder, 'cache'),
      },
    });
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const listed = (sources: string): RecordedRelease =>
    JSON.parse(execFileSync(join(folder, 'list-facts'), ['v1.36.0', 'a/b@c', sources], { encoding: 'utf8' }));

  it('lists flags, gates of the version, fields and defaults', () => {
    const { packages, ...facts } = listed(join(here, 'miniature'));
    expect(Object.keys(packages)).toHaveLength(6);
    expect(facts).toEqual({
      tag: 'v1.36.0',
      source: 'a/b@c',
      flags: {
        address: { type: 'IPVar', deprecated: true },
        config: { type: 'String' },
        'enable-server': { type: 'Bool', deprecated: true },
        help: { type: 'Bool' },
        'log-flush-frequency': { type: 'Duration', deprecated: true },
        'old-number': { type: 'Int32', deprecated: true },
        'provider-id': { type: 'String' },
        'storage-driver-db': { type: 'String', deprecated: true },
        version: { type: 'Bool' },
      },
      gates: {
        NewThing: { stage: 'Beta', default: true, needs: ['OldThing'] },
        OldThing: { stage: 'GA', default: true, locked: true },
      },
      fields: {
        address: 'string',
        enableServer: '*bool',
        memorySwap: 'struct',
        'memorySwap.swapBehavior': 'string',
        providerID: 'string',
        readOnlyPort: 'int32',
        syncFrequency: 'Duration',
      },
      defaults: { enableServer: true, syncFrequency: '1m30s' },
      legacyDefaults: { readOnlyPort: 10_255 },
    });
  });

  it.each([
    ['cmd/kubelet/app/options/options.go', 'fs.Int32Var(', 'fs.BoolVar(', 'flags'],
    ['cmd/kubelet/app/options/options.go', 'portOfReaders = 10255', 'portOfReaders = 0', 'legacyDefaults'],
    ['pkg/features/kube_features.go', 'Parse("1.37")', 'Parse("1.36")', 'gates'],
    ['pkg/features/kube_features.go', 'LockToDefault: true, ', '', 'gates'],
    ['pkg/kubelet/apis/config/v1beta1/defaults.go', '90 * time.Second', '2 * time.Minute', 'defaults'],
    ['staging/src/k8s.io/kubelet/config/v1beta1/types.go', 'ProviderID      string', 'ProviderID      int32', 'fields'],
    ['vendor/github.com/google/cadvisor/manager/manager.go', 'flag.String(', 'flag.Int(', 'flags'],
  ])('a change of %s from %s to %s changes exactly its fact', (file, from, to, part) => {
    const sources = mkdtempSync(join(folder, 'sources-'));
    cpSync(join(here, 'miniature'), sources, { recursive: true });
    const path = join(sources, file);
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace(from, to));
    expect(text).toContain(from);

    const [before, after] = [join(here, 'miniature'), sources].map(listed);
    if (!before || !after) throw new Error('nothing was listed');
    const next = { ...after, tag: 'v1.37.0' };
    const change = JSON.parse(dataFiles([before, next]).get('1.37.json') ?? '');
    const sizes = parts.map((each) => [each, Object.keys(change[each]).length]);
    expect(sizes).toEqual(parts.map((each) => [each, each === part ? 1 : 0]));
    const hashes = Object.entries(after.packages).filter(([name, hash]) => before.packages[name] !== hash);
    expect(hashes).toHaveLength(1);
  });

  it('refuses what is not the tag of a release, and sources that lack a part', () => {
    const refused = (...args: readonly string[]) => {
      try {
        execFileSync(join(folder, 'list-facts'), args, { encoding: 'utf8', stdio: 'pipe' });
        return '';
      } catch (error) {
        return String(Object(error).stderr);
      }
    };
    expect(refused('v1.37.0-beta.0', 'a/b@c', join(here, 'miniature'))).toContain('is not the tag of a release');
    expect(refused('v1.36.0', 'a/b@c', folder)).toContain('has no package');
  });
});
