// Who may import whom (ARCHITECTURE.md). Each rule says in one sentence why it stops you.
const only = (folder, allowed, comment) => ({
  name: `${folder.replace('/', '-')}-imports`,
  severity: 'error',
  comment,
  from: { path: `^${folder}/` },
  to: { path: '^(lambda|infra|packaging|test)/', pathNot: allowed.map((path) => `^${path}/`) },
});

/** What adapters and wiring may know of flow: the ports that it asks. */
const ports = ['^lambda/flow/ports[.]ts$', '^lambda/flow/[^/]+/ports[.]ts$'];

/**
 * The rooms of core, from the ground up: each may know those above it in this list. The sentence says what to do when a rule stops you.
 */
const rooms = {
  model: 'model holds the words that every room shares: it knows no room, so move what needs one up to it',
  read: 'read turns answers into facts and decides nothing: a verdict belongs in judge',
  judge: 'judge decides from facts: what follows from a verdict belongs in findings, fix or report',
  findings: 'findings knows verdicts, not runs: hand in what a run or a report knows as an argument',
  run: 'run counts and names what happened: how it is fixed or shown belongs in fix or report',
  fix: 'fix plans changes and checks access: how a plan is shown belongs in report, or beside the plan as text',
  'next-node':
    'next-node is about nodes that do not exist yet, and an audit loads it only with its setting: share words through a lower room',
  report: 'report is the top of core: it returns text, and only the command line and the functions import it',
};
const roomRules = Object.entries(rooms).map(([room, comment], index, all) => ({
  name: `core-${room}-imports`,
  severity: 'error',
  comment,
  from: { path: `^lambda/core/${room}/` },
  to: {
    path: '^(lambda|infra|test)/',
    pathNot: ['^lambda/contract/', ...all.slice(0, index + 1).map(([each]) => `^lambda/core/${each}/`)],
  },
}));

/** Inside read/kubelet: which of its neighbours a sub-room may know. */
const onlyInKubelet = (room, allowed, comment) => ({
  name: `kubelet-${room}-imports`,
  severity: 'error',
  comment,
  from: { path: `^lambda/core/read/kubelet/${room}/` },
  to: { path: '^lambda/core/read/kubelet/', pathNot: allowed.map((path) => `^lambda/core/read/kubelet/${path}`) },
});
/** Inside report: which of its neighbours a sub-room may know. */
const onlyInReport = (room, allowed, comment) => ({
  name: `report-${room}-imports`,
  severity: 'error',
  comment,
  from: { path: `^lambda/core/report/${room}/` },
  to: {
    path: '^lambda/core/report/(formats|html|oscal|terminal)/',
    pathNot: allowed.map((path) => `^lambda/core/report/${path}/`),
  },
});
/** Inside next-node: it is read, then judged, then fixed. */
const onlyInNextNode = (room, allowed, comment) => ({
  name: `next-node-${room}-imports`,
  severity: 'error',
  comment,
  from: { path: `^lambda/core/next-node/${room}/` },
  to: { path: '^lambda/core/next-node/', pathNot: allowed.map((path) => `^lambda/core/next-node/${path}/`) },
});
/** The files at the top of read/kubelet, except the one that puts everything together. */
const kubeletVocabulary = '(?!effective)[^/]+[.]ts$';

export default {
  forbidden: [
    {
      name: 'core-has-rooms',
      severity: 'error',
      comment: 'every file of core is in one of its eight rooms: name the question that it answers',
      from: {},
      to: { path: '^lambda/core/', pathNot: `^lambda/core/(${Object.keys(rooms).join('|')})/` },
    },
    ...roomRules,
    only(
      'lambda/contract',
      ['lambda/contract'],
      'contract is shared with infra: it holds names, shapes and the schema of settings, and depends on nothing but zod',
    ),
    only(
      'lambda/flow',
      ['lambda/flow', 'lambda/core', 'lambda/contract'],
      'flow knows the outside world only as ports: add a port to the ports.ts beside the flow that calls it',
    ),
    {
      name: 'lambda-adapters-imports',
      severity: 'error',
      comment:
        'an adapter touches one outside system and decides nothing: of flow it knows the ports, and the order of things belongs there',
      from: { path: '^lambda/adapters/' },
      to: {
        path: '^(lambda|infra|test)/',
        pathNot: ['^lambda/adapters/', '^lambda/core/', '^lambda/contract/', ...ports],
      },
    },
    {
      name: 'lambda-wiring-imports',
      severity: 'error',
      comment: 'wiring makes clients and ports and runs no step',
      from: { path: '^lambda/wiring/' },
      to: {
        path: '^(lambda|infra|test)/',
        pathNot: ['^lambda/wiring/', '^lambda/adapters/', '^lambda/core/', '^lambda/contract/', ...ports],
      },
    },
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
        pathNot: ['^infra/', '^lambda/contract/', '^lambda/core/judge/control\\.ts$', '^lambda/core/judge/controls/'],
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
      from: { path: `^lambda/core/read/kubelet/${kubeletVocabulary}` },
      to: {
        path: '^lambda/core/read/kubelet/',
        pathNot: ['^lambda/core/read/kubelet/documents/', `^lambda/core/read/kubelet/${kubeletVocabulary}`],
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
    onlyInNextNode(
      'read',
      ['read'],
      'a file is read before its values are judged: a verdict belongs in next-node/judge',
    ),
    onlyInNextNode('judge', ['read', 'judge'], 'a verdict comes before its fix: a difference belongs in next-node/fix'),
    {
      name: 'next-node-is-loaded-when-it-is-used',
      severity: 'error',
      comment:
        'an audit must not load next-node without its setting: import a type, or load it with import() (evaluate next and explain always use it)',
      from: {
        path: '^lambda/',
        pathNot:
          '^lambda/core/next-node/|^lambda/cli/commands/(evaluate|run-evaluate-next)[.]ts$|^lambda/core/report/terminal/explain[.]ts$',
      },
      to: { path: '^lambda/core/next-node/', dependencyTypesNot: ['type-only', 'dynamic-import'] },
    },
    onlyInReport(
      'terminal',
      ['terminal'],
      'what a terminal shows knows nothing of files: share words at the top of report',
    ),
    onlyInReport(
      'formats',
      ['formats'],
      'a format of a file knows no table and no page: share words at the top of report',
    ),
    onlyInReport(
      'html',
      ['html', 'formats'],
      'a page links to the formats beside it, and knows no table of a terminal',
    ),
    onlyInReport(
      'oscal',
      ['oscal'],
      'assessment results are written from the same words as other formats, and know none of them',
    ),
    {
      name: 'report-words-imports',
      severity: 'error',
      comment: 'the top of report holds the words that its sub-rooms share, and knows none of them',
      from: { path: '^lambda/core/report/[^/]+$' },
      to: { path: '^lambda/core/report/(formats|html|oscal|terminal)/' },
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
        'core may use zod, parsers (yaml, jsonc-parser, toml-eslint-parser, unbash), diff, string-width, the writers of Sigstore bundles (@sigstore/bundle, @sigstore/core), the hashes and signatures of node:crypto and gunzipSync of node:zlib only: no clock, no environment, no network, no SDK',
      from: { path: '^lambda/core/', pathNot: '^lambda/core/report/' },
      to: {
        dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional'],
        pathNot:
          'node_modules/(zod|yaml|jsonc-parser|toml-eslint-parser|unbash|diff|string-width|@sigstore/bundle|@sigstore/core)/|^(node:)?(crypto|zlib)$',
      },
    },
    {
      name: 'reports-are-pure',
      severity: 'error',
      comment: 'a report may use the writers of its format besides what core may: it returns text, and writes none',
      from: { path: '^lambda/core/report/' },
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
    only(
      'packaging',
      ['packaging'],
      'packaging makes one file of the program and knows none of its modules: it names them to esbuild by their paths',
    ),
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
      from: { path: '^(lambda|infra|packaging)/' },
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
