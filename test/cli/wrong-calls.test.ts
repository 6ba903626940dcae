import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../temporary-folder.ts';
import { runCli } from './run-cli.ts';

const folder = temporaryFolder();
writeFileSync(join(folder, 'some.txt'), 'no JSON');
writeFileSync(join(folder, 'org.yaml'), 'regions: eu-west-1\nsource: [ssm]\nbenchmark: cis\n');
writeFileSync(
  join(folder, 'five.yaml'),
  'scope: pod\nnodeTimeout: soon\nmaxConcurrentNodes: 0\nschedule: daily\nobjectLock: {day: 7}\nwaiver: x.yaml\n',
);
writeFileSync(join(folder, 'waivers.yaml'), 'version: 1\nwaivers: []\n');
writeFileSync(join(folder, 'waived.yaml'), 'regions: [eu-west-1]\nwaivers: no-such-file.yaml\n');
writeFileSync(join(folder, 'key.pem'), 'no key');
writeFileSync(join(folder, 'tab.yaml'), '\tregions: [eu-west-1]\n');

/** `FOLDER` is a folder with two files that are no result, and `''` an empty word. */
const words = (line: string): readonly string[] =>
  line.split(' ').map((each) => (each === "''" ? '' : each.replace('FOLDER', folder)));

/** Every argument that is a file, given as a folder. */
const folderCalls = [
  'report FOLDER',
  'audit --region eu-west-1 --config FOLDER',
  'audit --region eu-west-1 --waivers FOLDER',
  'audit --region eu-west-1 --keep-evidence FOLDER/e --sign FOLDER',
  'audit --region eu-west-1 -o FOLDER',
  'audit --kubeconfig FOLDER',
  'verify FOLDER --key FOLDER',
  'evaluate configz FOLDER',
  'evaluate node --cmdline FOLDER',
  'controls -f json -o FOLDER',
  'explain 3.2.1 -o FOLDER',
];

/** Every call is refused by 64, or by 3 where it is right and this machine has not what it names. */
const calls: readonly (readonly [
  line: string,
  message: string,
  code?: 3 | 64,
  env?: Readonly<Record<string, string>>,
])[] = [
  ['adit', "unknown command 'adit'"],
  ['audit --nope', "unknown option '--nope'"],
  ['audit', 'no Region: give --region, set AWS_REGION, or name a profile that has one with --profile'],
  ['audit --region eu-centrl-1', 'did you mean eu-central-1?'],
  ["audit --region ''", '--region is empty; give a value, or leave it out'],
  ["audit --region eu-west-1 ''", 'CLUSTER is empty'],
  ["audit --region eu-west-1 --controls ''", '--controls is empty'],
  ["audit --region eu-west-1 --sources ''", '--sources is empty'],
  ["audit --region eu-west-1 --profile ''", '--profile is empty'],
  ["grant x --region eu-west-1 --role-arn ''", '--role-arn is empty'],
  ["verify FOLDER --key ''", '--key is empty'],
  ['audit --region eu-west-1 --bom', '--bom begins CSV with a byte order mark; give --format csv'],
  [
    'audit --region eu-west-1 -o FOLDER/a.json',
    "a.json' would hold a table; name the format of the file with --format",
  ],
  ['doctor --region eu-west-1 -o FOLDER/a.json', 'would hold a table'],
  ['evaluate configz - -o FOLDER/a.csv', 'would hold a table'],
  ['history FOLDER -o FOLDER/a.html', 'would hold a table'],
  ['verify FOLDER --key FOLDER/key.pem', 'give the public key of the one that signed: openssl ec -in KEY -pubout', 3],
  ['audit --region eu-west-1 --keep-evidence FOLDER/e --sign FOLDER/key.pem', '-genkey -noout', 3],
  ['audit --config FOLDER/five.yaml', '\'scope\' is "pod": not a scope'],
  ['audit --config FOLDER/five.yaml', '\'nodeTimeout\' is "soon": not a duration'],
  ['audit --config FOLDER/five.yaml', "'maxConcurrentNodes' is 0: not a whole number"],
  ['audit --config FOLDER/five.yaml', '\'schedule\' is "daily": not a schedule'],
  ['audit --config FOLDER/five.yaml', "unknown field 'objectLock.day'; did you mean 'days'?"],
  ['audit --config FOLDER/five.yaml', "unknown field 'waiver'; did you mean 'waivers'?"],
  ['audit --config FOLDER/waived.yaml', "no-such-file.yaml'", 3],
  ['grant x', 'no Region: give --region'],
  ['withdraw s3://some-bucket', 'no Region: give --region'],
  ['remediate x', 'no Region: give --region'],
  ['holders x', 'no Region: give --region'],
  ['controls', 'did you mean EKS_KUBELET_AUDIT_CONTROLS?', 64, { EKS_KUBELET_AUDIT_CONTROL: '3.2.3' }],
  ['controls', 'unknown variable EKS_KUBELET_AUDIT_SOMETHING_ELSE', 64, { EKS_KUBELET_AUDIT_SOMETHING_ELSE: '1' }],
  ['controls', "EKS_KUBELET_AUDIT_NODE_TIMEOUT 'soon': not a duration", 64, { EKS_KUBELET_AUDIT_NODE_TIMEOUT: 'soon' }],
  ['controls', "EKS_KUBELET_AUDIT_COMPLETE 'yes': write true or false", 64, { EKS_KUBELET_AUDIT_COMPLETE: 'yes' }],
  ['controls', "EKS_KUBELET_AUDIT_SOURCES 'ssh': not a source", 64, { EKS_KUBELET_AUDIT_SOURCES: 'ssh' }],
  ['audit --region eu-west-1', "AWS_PROFILE: no profile 'nope'", 64, { AWS_PROFILE: 'nope' }],
  ['audit --region eu-west-1 --profile nope', "no profile 'nope' in ~/.aws/config and ~/.aws/credentials"],
  ['audit --region eu-west-1 --controls ,', "--controls ',' names nothing"],
  ['audit --region eu-west-1 --sources ssh', "--sources 'ssh': not a source; one of"],
  ['audit --region eu-west-1 --controls 3.2.33', "no control '3.2.33' in cis-eks-1.8.0; the nearest: 3.2.3"],
  ['audit --region eu-west-1 --benchmark cis-eks-9', 'not a benchmark; one of'],
  ['audit --region eu-west-1 --scope pod', 'not a scope; one of'],
  ['audit --region eu-west-1 --node-timeout 5', 'write it as 10s'],
  ['audit --region eu-west-1 --max-concurrent-nodes many', 'not a whole number from 1 to 100'],
  ['audit --region eu-west-1 --only failed', 'did you mean fail?'],
  ['audit --region eu-west-1 --severity hgih', 'did you mean HIGH?'],
  ['audit --region eu-west-1 --fail-on wran', 'is not one of fail, warn, unknown, access, never; did you mean warn?'],
  ['audit --region eu-west-1 --format pdf', "'pdf' is not one of table, json"],
  ['audit --region eu-west-1 --width 10', "'10' is not a number of columns from 40 to 1000"],
  ['audit --region eu-west-1 --quiet --verbose', '--quiet and --verbose exclude each other'],
  ['audit --region eu-west-1 -f json -f html', 'give each --format its own --output'],
  ['audit --region eu-west-1 -f json -f html -o same -o ./same', "'./same' would hold both json and html"],
  ['audit --region eu-west-1 -f html -o FOLDER/report.html --report FOLDER', 'would hold both html and html'],
  ["audit --region eu-west-1 --report ''", '--report is empty'],
  ["audit --region eu-west-1 -o ''", '--output is empty'],
  ['audit --region eu-west-1 --account 12', "'12' is not an account id; give its 12 digits"],
  ['audit --region eu-west-1 --organization --account 111122223333', 'exclude each other'],
  ['audit --organization --api-server http://127.0.0.1:1 --region eu-west-1', 'leave them out'],
  ['audit --region eu-west-1 --member-role X', '--member-role is assumed in other accounts'],
  ['audit --region eu-west-1 --sign key.pem', '--sign signs the folder of --keep-evidence'],
  ['audit --region eu-west-1 --waivers FOLDER/none', 'give a readable file', 3],
  ['audit --region eu-west-1 --config FOLDER/none', 'give a readable file', 3],
  ['audit --config FOLDER/org.yaml', '\'benchmark\' is "cis": not a benchmark'],
  ['audit --config FOLDER/org.yaml', '\'regions\' is "eu-west-1": not a list'],
  ['audit --config FOLDER/org.yaml', "unknown field 'source'; did you mean 'sources'?"],
  ['audit --config FOLDER/tab.yaml', 'is not valid YAML'],
  ['audit --region eu-west-1 arn:aws:eks:bad', 'is not the ARN of an EKS cluster'],
  ['audit --kubeconfig FOLDER/none', 'name another with --kubeconfig', 3],
  ['audit --kubeconfig', '.kube/config', 3, { HOME: '/nowhere' }],
  ['audit --kubeconfig', '/none', 3, { KUBECONFIG: '/none:/nothing' }],
  ["audit --kubeconfig ''", '--kubeconfig is empty'],
  ['audit --kubeconfig arn:aws:eks:eu-west-1:111122223333:cluster/payments', 'write CLUSTER before --kubeconfig'],
  ['audit --context x --region eu-west-1', '--context chooses within a kubeconfig'],
  ['audit --kubeconfig x --region eu-west-1', '--region looks for clusters in AWS'],
  ['audit --complete --kubeconfig x', 'only ssm sees the machine itself'],
  ['audit --api-server ftp://x', 'is not a URL'],
  ['audit --api-server http://10.0.0.1', 'is not on this machine'],
  ['audit --sources tls --api-server http://127.0.0.1:8001', 'leave tls out with --api-server'],
  ['doctor --as-deployed --organization --region eu-west-1', '--as-deployed is about your own account'],
  ['history', "missing required argument 'SOURCE'"],
  ['history WRONG', 'give the folder that holds DATE/RUN.jsonl, or s3://BUCKET', 3],
  ['history FOLDER', 'it holds no such file', 3],
  ['history .', 'it holds no such file', 3],
  ['history FOLDER/some.txt', 'it is not a folder', 3],
  ['history FOLDER --since yesterday', 'write it as 2026-01-31'],
  ['history FOLDER --compare a', '--compare takes two runs'],
  ...folderCalls.map((line): (typeof calls)[number] => [line, 'it is a folder, not a file', 3]),
  ['report', 'give a saved result'],
  ['report FOLDER/none', 'give a readable file', 3],
  ['report FOLDER/some.txt', 'is not a result of an audit', 3],
  ['report - -', 'standard input can be read once only'],
  ['report s3://x', 'is not an address in S3'],
  ['report --url s3://some-bucket/latest/ --expires 1y', 'write it as 8h or 30m'],
  ['explain', "missing required argument 'CONTROL'"],
  ['explain acess', 'did you mean access?'],
  ['explain 3.2.3 3.2.4', 'too many arguments'],
  ['controls --format csv', 'is not one of table, json'],
  ['evaluate configz FOLDER/none', 'give a readable file', 3],
  ['evaluate configz - --controls 4.1.10', 'is about the cluster itself'],
  ['evaluate configz - --format asff', '--format asff is about an EKS cluster'],
  ['evaluate node --cmdline FOLDER/some.txt --kubelet-version banana', "'banana' is not a version"],
  ['evaluate node', "required option '--cmdline <file>' not specified"],
  ['evaluate next', "missing required argument 'FILE'"],
  ['remediate x --region eu-west-1 --yes', '--yes belongs to --apply'],
  ['remediate x --region eu-west-1 --apply', 'there is no terminal to ask on'],
  ['remediate x --region eu-west-1 --skip nope', "--skip 'nope' is not an instance id"],
  ['remediate x --region eu-west-1 --limit 0', 'a whole number from 1 to 100000'],
  ['remediate x --region eu-west-1 --sources configz', 'add ssm'],
  ['remediate x --region eu-west-1 --resume a/b', 'is not the id of a run'],
  ['remediate x --region eu-west-1 --apply --undo a', 'exclude each other'],
  ['remediate x --region eu-west-1 -o FOLDER/some.txt/x', 'choose another one with --output', 3],
  ['grant', "missing required argument 'CLUSTER'"],
  [
    'grant x --region eu-west-1 --sources directly',
    "--sources 'directly': not a source; one of direct, configz, ssm, tls",
  ],
  ['grant x --region eu-west-1 --sources ssm,tls', 'a cluster has nothing to grant for them'],
  ['verify FOLDER', "required option '--key <file>' not specified"],
  ['completion tcsh', 'Allowed choices are zsh, bash, fish, powershell'],
];

const helps = new Map<string, Promise<string>>();

/** The help of the command that is called: a message may name only options that it takes. */
function helpOf([command = '', second = '']: readonly string[]): Promise<string> {
  const called = [command, ...(command === 'evaluate' ? [second] : []), '--help'].join(' ');
  const help = helps.get(called) ?? runCli(called.split(' ')).then(({ stdout }) => stdout);
  helps.set(called, help);
  return help;
}

describe('a wrong call', () => {
  it.each(calls.map(([line, message, code = 64, env = {}]) => ({ line, message, code, env })))(
    '$line is refused, naming only options that the command takes: $message',
    async ({ line, message, code, env }) => {
      const ended = await runCli(words(line), { env });
      expect(ended.stderr).toContain(message);
      expect([ended.code, ended.stdout]).toEqual([code, '']);
      const help = await helpOf(line.split(' '));
      const named = ended.stderr.replaceAll(/kubectl proxy --port\S*/g, '').match(/(?<!\S)--[a-z][a-z-]+/g) ?? [];
      expect(named.filter((flag) => !help.includes(flag) && !line.includes(flag))).toEqual([]);
    },
  );

  it('is in a table of at least 60', () => {
    expect(calls.length).toBeGreaterThanOrEqual(60);
  });
});
