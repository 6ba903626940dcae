import type { AsffFinding } from '../../lambda/core/findings/asff/asff.ts';
import type { Memory } from '../../lambda/core/findings/lifecycle/memory.ts';
import type { Problem } from '../../lambda/core/model/model.ts';
import { err, ok, type Result } from '../../lambda/core/model/result.ts';
import type { StoredFinding } from '../../lambda/core/model/stored-finding.ts';
import { callsWithdrawnResolved, changing, changingEach, sending, type Variant } from './broken-ports.ts';
import type { TrueWorld } from './true-world.ts';

/** Programs that are wrong in one way, as such programs usually are. A test that does not notice them proves nothing. */
export const mutants: Readonly<Record<string, Variant<TrueWorld>>> = {
  'takes a list of nodes that broke off for a whole one': { ports: changing('nodeList', 'nodes', orNone) },
  'takes launch templates that could not be read for none': {
    ports: changingEach('launchDirectories', 'groups', (groups) => async (...asked) => ({
      ...(await groups(...asked)),
      complete: true,
    })),
  },
  'takes a list of clusters that broke off for a whole one': { ports: changing('regionalClusters', 'names', orNone) },
  'holds nothing back': { ports: ({ memory: _, ...ports }) => ports },
  'holds back for ever': { ports: changing('memory', 'write', () => async () => true) },
  'counts a run that is done again as another one': { ports: remembered((each) => ({ ...each, runId: 'another' })) },
  'forgets what it read': {
    ports: remembered((each) => ({
      ...each,
      findings: Object.fromEntries(Object.entries(each.findings).filter(([, { unreadable }]) => unreadable)),
    })),
  },
  'forgets what it announced': {
    ports: remembered((each) => ({
      ...each,
      findings: Object.fromEntries(
        Object.entries(each.findings).map(([key, { announced: _, ...rest }]) => [key, rest]),
      ),
    })),
  },
  'is silent where Security Hub holds nothing': {
    ports: sending((each) => (Object(each.detail).securityHub === 'taken' ? [each] : [])),
  },
  'calls a failure resolved that nobody looks at any more': { ports: callsWithdrawnResolved },
  'takes a refusal for silence': {
    ports: changingEach(
      'kubeletSources',
      'read',
      (read) =>
        async function* (...asked) {
          for await (const { node, result } of read(...asked))
            yield { node, result: result.ok ? result : err({ ...result.error, kind: 'unreadable' }) };
        },
    ),
  },
  'sends times that do not grow': { ports: written((each) => ({ ...each, UpdatedAt: each.CreatedAt })) },
  'dates everything anew': { ports: written((each) => ({ ...each, CreatedAt: each.UpdatedAt })) },
  'sends everything in each run': { ports: stored((each) => [{ ...each, productFields: {} }]) },
  'asks for active findings only': { ports: stored((each) => (each.recordState === 'ARCHIVED' ? [] : [each])) },
  'reads the first page only': { ports: stored((each, index) => (index < 3 ? [each] : [])) },
  'never refreshes': {
    ports: (ports, world) =>
      stored((each) => [{ ...each, updatedAt: new Date(ports.clock.now().getTime() - 1000).toISOString() }])(
        ports,
        world,
      ),
  },
  'announces no ends': { ports: sending((each) => (each.type === 'Finding Resolved' ? [] : [each])) },
  'forgets what the bus did not take': {
    ports: changing('events', 'put', (put) => async (sent) => put(sent).catch(() => undefined)),
  },
  'lets waivers hold for ever': {
    options: (options) => ({
      ...options,
      waivers: (options.waivers ?? []).map((each) => ({ ...each, expires: '9999-12-31' })),
    }),
  },
  'dates findings by the time of its doing': {
    options: (options, { now }) => ({ ...options, runStartedAt: new Date(now) }),
  },
  'never changes its scope': { options: (options) => ({ ...options, scope: 'node-group' }) },
};

function orNone<Asked extends unknown[], T>(list: (...asked: Asked) => Promise<Result<readonly T[], Problem>>) {
  return async (...asked: Asked) => {
    const listed = await list(...asked);
    return listed.ok ? listed : ok([]);
  };
}

function written(change: (finding: AsffFinding) => AsffFinding) {
  return changing('findings', 'write', (write) => (place, sent) => write(place, sent.map(change)));
}

function remembered(change: (memory: Memory) => Memory) {
  return changing('memory', 'read', (read) => async (...asked) => {
    const stored = await read(...asked);
    const { value } = stored;
    return { ...stored, value: value && change(value) };
  });
}

function stored(seen: (finding: StoredFinding, index: number) => readonly StoredFinding[]) {
  return changing(
    'findings',
    'stored',
    (stored) =>
      async function* (...asked) {
        let index = 0;
        for await (const each of stored(...asked)) {
          yield* seen(each, index);
          index += 1;
        }
      },
  );
}
