import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, isAbsolute, join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { parse } from 'yaml';

/**
 * Plays the kubelet where systemd starts it. It reads its real arguments, configuration file and drop-ins, and answers on 127.0.0.1:10248. It refuses
 * to start for the kubelet's reasons, in its words, and leaves what it runs with in /run/kubelet-effective.json. Sources of each behaviour:
 * kubernetes `cmd/kubelet/app/server.go`, and runs of kubelets 1.29 to 1.35.
 */

type Tree = { [key: string]: unknown };

const settings: readonly (readonly [path: string, type: 'string' | 'boolean' | 'number', flag: string])[] = [
  ['authentication.x509.clientCAFile', 'string', 'client-ca-file'],
  ['authentication.anonymous.enabled', 'boolean', 'anonymous-auth'],
  ['authentication.webhook.enabled', 'boolean', 'authentication-token-webhook'],
  ['authorization.mode', 'string', 'authorization-mode'],
  ['readOnlyPort', 'number', 'read-only-port'],
  ['streamingConnectionIdleTimeout', 'string', 'streaming-connection-idle-timeout'],
  ['protectKernelDefaults', 'boolean', 'protect-kernel-defaults'],
  ['makeIPTablesUtilChains', 'boolean', 'make-iptables-util-chains'],
  ['eventRecordQPS', 'number', 'event-qps'],
  ['rotateCertificates', 'boolean', 'rotate-certificates'],
  ['serverTLSBootstrap', 'boolean', 'rotate-server-certificates'],
];
const gate = 'featureGates.RotateKubeletServerCertificate';
const types = Object.fromEntries([
  ...settings.map(([path, type]) => [path, type] as const),
  [gate, 'boolean'] as const,
]);
const flagPaths: Readonly<Record<string, string>> = Object.fromEntries(settings.map(([path, , flag]) => [flag, path]));
const otherFlags = [
  'config',
  'config-dir',
  'kubeconfig',
  'node-ip',
  'node-labels',
  'v',
  'feature-gates',
  'hostname-override',
];

function refuse(message: string): never {
  console.error(`E1125 00:00:00.000000 run.go:72] "command failed" err=${JSON.stringify(message)}`);
  process.exit(1);
}

function flagsOf(words: readonly string[]): readonly (readonly [string, string])[] {
  const flags: (readonly [string, string])[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (!word.startsWith('--')) refuse(`unknown command ${word}`);
    const [spelled = '', ...rest] = word.slice(2).split('=');
    const name = spelled.replaceAll('_', '-');
    if (flagPaths[name] === undefined && !otherFlags.includes(name))
      refuse(`failed to parse kubelet flag: unknown flag: --${name}`);
    if (word.includes('=')) flags.push([name, rest.join('=')]);
    else if (types[flagPaths[name] ?? ''] === 'boolean') flags.push([name, 'true']);
    else {
      at += 1;
      if (at >= words.length) refuse(`failed to parse kubelet flag: flag needs an argument: --${name}`);
      flags.push([name, words[at] ?? '']);
    }
  }
  return flags;
}

function load(path: string): Tree {
  try {
    const text = readFileSync(path, 'utf8');
    const tree: unknown = /^\s*\{/.test(text) ? JSON.parse(text) : parse(text);
    if (isTree(tree) && tree['kind'] === 'KubeletConfiguration') return tree;
    throw new Error("failed to decode, error: Object 'Kind' is missing");
  } catch (error) {
    return refuse(`failed to load kubelet config file, path: ${path}, error: ${String(error)}`);
  }
}

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);

/** RFC 7386. */
function merged(base: Tree, patch: Tree): Tree {
  const result = { ...base };
  for (const [key, value] of Object.entries(patch)) {
    const old = result[key];
    if (value === null) delete result[key];
    else if (isTree(value)) result[key] = merged(isTree(old) ? old : {}, value);
    else result[key] = value;
  }
  return result;
}

const at = (tree: Tree, path: string): unknown =>
  path.split('.').reduce<unknown>((value, key) => (isTree(value) ? value[key] : undefined), tree);

function put(tree: Tree, path: string, value: unknown): Tree {
  const [key = '', ...rest] = path.split('.');
  const below = tree[key];
  return { ...tree, [key]: rest.length === 0 ? value : put(isTree(below) ? below : {}, rest.join('.'), value) };
}

function typed(path: string, text: string): unknown {
  if (types[path] === 'boolean') return /^(1|t|T|TRUE|true|True)$/.test(text);
  return types[path] === 'number' ? Number(text) : text;
}

function effective(): Tree {
  const flags = flagsOf(process.argv.slice(2));
  const last = (name: string) => flags.findLast(([each]) => each === name)?.[1];
  const config = last('config');
  const directory = last('config-dir');

  let tree: Tree =
    config === undefined
      ? {
          authentication: { anonymous: { enabled: true } },
          authorization: { mode: 'AlwaysAllow' },
          readOnlyPort: 10_255,
        }
      : load(config);
  const own = at(tree, 'authentication.x509.clientCAFile');
  if (config !== undefined && typeof own === 'string' && own !== '' && !isAbsolute(own))
    tree = put(tree, 'authentication.x509.clientCAFile', join(dirname(config), own));
  if (directory !== undefined)
    for (const name of readdirSync(directory)
      .filter((each) => each.endsWith('.conf'))
      .sort())
      tree = merged(tree, load(join(directory, name)));

  for (const [path, type] of Object.entries(types)) {
    const value = at(tree, path);
    if (value !== undefined && value !== null && typeof value !== type)
      refuse(
        `failed to load kubelet config file: json: cannot unmarshal ${typeof value} into Go struct field KubeletConfiguration.${path} of type ${type}`,
      );
  }
  for (const [name, value] of flags) {
    const path = flagPaths[name];
    if (path !== undefined) tree = put(tree, path, typed(path, value));
    if (name === 'feature-gates')
      for (const gate of value.split(',')) {
        const [key = '', on] = gate.split('=');
        tree = put(tree, `featureGates.${key}`, on === 'true');
      }
  }
  return tree;
}

function checkClientCa(tree: Tree): void {
  const path = at(tree, 'authentication.x509.clientCAFile');
  if (typeof path !== 'string' || path === '') return;
  try {
    if (/-----BEGIN CERTIFICATE-----\n[^-]+-----END CERTIFICATE-----/.test(readFileSync(path, 'utf8'))) return;
    throw new Error('data does not contain any valid RSA or ECDSA certificates');
  } catch (error) {
    refuse(`failed to construct kubelet dependencies: unable to load client CA file ${path}: ${String(error)}`);
  }
}

/** What a test wants of this kubelet: that it is not well, ends some time after it started, or is not what its files say. */
function mood(): string {
  try {
    return readFileSync('/etc/kubelet-mood', 'utf8').trim();
  } catch {
    return '';
  }
}

const tree = effective();
checkClientCa(tree);
const clientCa = at(tree, 'authentication.x509.clientCAFile');
// Some trouble shows only with the new value.
const isFixed = clientCa === '/etc/kubernetes/pki/ca.crt';
const [feels = '', after = '0'] = isFixed || mood() === 'broken' ? mood().split(' ') : [];
appendFileSync('/var/log/kubelet-starts', `${isFixed ? 'with' : 'without'} the client CA\n`);
if (feels === 'refuses' || feels === 'broken')
  refuse('failed to run Kubelet: failed to create kubelet: misconfiguration');
writeFileSync('/run/kubelet-effective.json', JSON.stringify(tree));

let asked = 0;
createServer((request, response) => {
  const isSick = feels === 'sick' || (feels === 'relapses' && asked % 2 === 1);
  if (request.url === '/configz') {
    response.end(JSON.stringify({ kubeletconfig: tree }));
    return;
  }
  asked += 1;
  // No answer at all, as of one whose machine is busy, or that hangs.
  if ((feels === 'hesitates' && asked % 2 === 0) || (feels === 'hangs' && asked > 1)) return;
  response.writeHead(isSick ? 500 : 200).end(isSick ? 'internal server error: healthz check failed' : 'ok');
}).listen(10_248, '127.0.0.1');
if (feels === 'dies') setTimeout(() => refuse('container manager failed'), Number(after) * 1_000 || 250);

// The port of the API server. It asks clients for a certificate only where there is a client CA, and names its subjects.
const trusted = feels === 'believes-another' ? '/etc/other-ca.crt' : clientCa;
if (feels !== 'has-no-certificate')
  createTlsServer({
    cert: readFileSync('/var/lib/kubelet/pki/kubelet.crt'),
    key: readFileSync('/var/lib/kubelet/pki/kubelet.key'),
    rejectUnauthorized: false,
    ...(typeof trusted === 'string' &&
      trusted !== '' &&
      feels !== 'asks-nobody' && { requestCert: true, ca: readFileSync(trusted) }),
  }).listen(10_250);
process.on('SIGTERM', () => process.exit(0));
