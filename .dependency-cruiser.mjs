// Who may import whom (ARCHITECTURE.md). Each rule says in one sentence why it stops you.
const only = (folder, allowed, comment) => ({
  name: `${folder.replace('/', '-')}-imports`,
  severity: 'error',
  comment,
  from: { path: `^${folder}/` },
  to: { path: '^(lambda|infra|test)/', pathNot: allowed.map((path) => `^${path}/`) },
});

/** Inside one room of core: which of its neighbours, and of its own files, a sub-room may know. */
const onlyInKubelet = (room, allowed, comment) => ({
  name: `kubelet-${room}-imports`,
  severity: 'error',
  comment,
  from: { path: `^lambda/core/kubelet/${room}/` },
  to: { path: '^lambda/core/kubelet/', pathNot: allowed.map((path) => `^lambda/core/kubelet/${path}`) },
});
/** Inside core/reports: which of its neighbours a sub-room may know. */
const onlyInReports = (room, allowed, comment) => ({
  name: `reports-${room}-imports`,
  severity: 'error',
  comment,
  from: { path: `^lambda/core/reports/${room}/` },
  to: { path: '^lambda/core/reports/[^/]+/', pathNot: allowed.map((path) => `^lambda/core/reports/${path}/`) },
});
/** The files at the top of core/kubelet, but the one that puts everything together. */
const kubeletVocabulary = '(?!effective)[^/]+[.]ts$';

export default {
  forbidden: [
    only(
      'lambda/core',
      ['lambda/core', 'lambda/contract'],
      'core is tested with plain values, and knows names and shapes of contract: pass anything else in as an argument or a port',
    ),
    only(
      'lambda/contract',
      ['lambda/contract'],
      'contract is shared with infra: it holds names, shapes and the schema of settings, and depends on nothing but zod',
    ),
    only(
      'lambda/flow',
      ['lambda/flow', 'lambda/core', 'lambda/contract'],
      'flow knows the outside world only as ports: add a port to core/ports.ts',
    ),
    only(
      'lambda/adapters',
      ['lambda/adapters', 'lambda/core', 'lambda/contract'],
      'an adapter touches one outside system and decides nothing: the order of things belongs in flow',
    ),
    only(
      'lambda/wiring',
      ['lambda/wiring', 'lambda/adapters', 'lambda/core', 'lambda/contract'],
      'wiring makes clients and ports and runs no step',
    ),
    only(
      'lambda/handlers',
      ['lambda/handlers', 'lambda/wiring', 'lambda/flow', 'lambda/core', 'lambda/contract'],
      'a handler parses its event, calls one step and returns',
    ),
    only(
      'lambda/cli',
      ['lambda/cli', 'lambda/wiring', 'lambda/flow', 'lambda/core', 'lambda/contract'],
      'the command line is a thin shell: what touches the outside is an adapter, reached through wiring',
    ),
    {
      name: 'infra-imports',
      severity: 'error',
      comment:
        'infra deploys the program without knowing it: share a name through lambda/contract; of core only the controls and the list of benchmarks are data for it',
      from: { path: '^infra/' },
      to: {
        path: '^(lambda|infra|test)/',
        pathNot: ['^infra/', '^lambda/contract/', '^lambda/core/control\\.ts$', '^lambda/core/controls/'],
      },
    },
    onlyInKubelet(
      'documents',
      ['documents/'],
      'documents read JSON, YAML and durations without knowing any setting of the kubelet',
    ),
    {
      name: 'kubelet-vocabulary-imports',
      severity: 'error',
      comment: 'settings and facts are the words of this room: they know documents and none of its other sub-rooms',
      from: { path: `^lambda/core/kubelet/${kubeletVocabulary}` },
      to: {
        path: '^lambda/core/kubelet/',
        pathNot: ['^lambda/core/kubelet/documents/', `^lambda/core/kubelet/${kubeletVocabulary}`],
      },
    },
    onlyInKubelet(
      'command-line',
      ['command-line/', 'documents/', kubeletVocabulary],
      'a command line is read before any file is: it says which files there are',
    ),
    onlyInKubelet(
      'config',
      ['config/', 'command-line/', 'documents/', kubeletVocabulary],
      'files are read once the command line has named them; only effective.ts puts flags above files',
    ),
    onlyInKubelet(
      'configz',
      ['configz/', 'documents/', kubeletVocabulary],
      'configz is the running configuration: neither flags nor files have a say in it',
    ),
    onlyInKubelet(
      'node',
      ['node/', 'command-line/', 'documents/', kubeletVocabulary],
      'node reads what a machine sent, and leaves it to effective.ts what follows from it',
    ),
    onlyInReports(
      'terminal',
      ['terminal'],
      'what a terminal shows knows nothing of files: share words at the top of reports',
    ),
    onlyInReports(
      'formats',
      ['formats'],
      'a format of a file knows no table and no page: share words at the top of reports',
    ),
    onlyInReports(
      'html',
      ['html', 'formats'],
      'a page links to the formats beside it, and knows no table of a terminal',
    ),
    {
      name: 'reports-words-imports',
      severity: 'error',
      comment: 'the top of reports holds the words that its sub-rooms share, and knows none of them',
      from: { path: '^lambda/core/reports/[^/]+$' },
      to: { path: '^lambda/core/reports/[^/]+/' },
    },
    {
      name: 'contract-is-pure',
      severity: 'error',
      comment:
        'contract may use zod and the edit distance only: everything else would come into every function and every template',
      from: { path: '^lambda/contract/' },
      to: {
        dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional'],
        pathNot: 'node_modules/(zod|fastest-levenshtein)/',
      },
    },
    {
      name: 'core-is-pure',
      severity: 'error',
      comment:
        'core may use zod, parsers (yaml, jsonc-parser, toml-eslint-parser), diff, string-width, the hashes of node:crypto and gunzipSync of node:zlib only: no clock, no environment, no network, no SDK',
      from: { path: '^lambda/core/', pathNot: '^lambda/core/reports/' },
      to: {
        dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional'],
        pathNot: 'node_modules/(zod|yaml|jsonc-parser|toml-eslint-parser|diff|string-width)/|^(node:)?(crypto|zlib)$',
      },
    },
    {
      name: 'reports-are-pure',
      severity: 'error',
      comment: 'a report may use the writers of its format besides what core may: it returns text, and writes none',
      from: { path: '^lambda/core/reports/' },
      to: {
        dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional'],
        pathNot:
          'node_modules/(zod|yaml|string-width|htm|preact|preact-render-to-string|csv-stringify|d3-shape|@types/d3-shape|junit-report-builder|node-sarif-builder|@types/sarif)/|^(node:)?crypto$',
      },
    },
    {
      name: 'sdk-only-in-adapters',
      severity: 'error',
      comment: 'an SDK type outside adapters would tie the rules to a client: map it in the adapter',
      from: { path: '^lambda/', pathNot: '^lambda/(adapters|wiring)/' },
      to: { path: 'node_modules/(@aws-sdk|@kubernetes|@smithy)/' },
    },
    {
      name: 'sdk-not-in-wiring',
      severity: 'error',
      comment: 'wiring asks an adapter for a client: only adapters import an SDK',
      from: { path: '^lambda/wiring/' },
      to: { path: 'node_modules/(@aws-sdk|@kubernetes|@smithy)/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'a cycle means two files hold one idea',
      from: {},
      to: { circular: true },
    },
    {
      name: 'nothing-imports-test',
      severity: 'error',
      comment: 'the program must run without its tests',
      from: { path: '^(lambda|infra)/' },
      to: { path: '^test/' },
    },
    {
      name: 'resolvable',
      severity: 'error',
      comment: 'this import leads nowhere',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|cdk\\.out|coverage)/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
    parser: 'swc',
  },
};
