import type { LastingFix, Step, Survives } from '../../../../lambda/core/fix/remediation/plan.ts';
import { planRemediation } from '../../../../lambda/core/fix/remediation/plan-remediation.ts';
import { methodNames, survivesText } from '../../../../lambda/core/fix/remediation/plan-text.ts';
import { diffLines } from '../../../../lambda/core/fix/remediation/steps/diff-lines.ts';
import { controls } from '../../../../lambda/core/judge/controls/index.ts';
import { type NodeKind, nodeKinds } from '../../../../lambda/core/model/model.ts';
import { audited, failuresOf, judgedNode, nodeOfKind } from './failing-audit.ts';
import { examples } from './worked-examples.ts';

/** docs/remediation.md: the words are written here, what the plan does is taken from the plan itself. */
export const remediationPage = (): string =>
  [intro, usage, survival(), methodsTable(), worked()].map((part) => `${part.trim()}\n`).join('\n');

const intro = `
# Remediation: the plan

<!-- every command here needs an account -->

For whoever fixes nodes, by hand or by the runbook: how a failing control is fixed on the node and for good, for each kind of node. Every difference, command and snippet below is made by the planner itself
(\`lambda/core/fix/remediation\`); \`test/core/fix/remediation\` compares this page with it.

A plan is made of an audit and nothing else. It says, node group by node group in a stable order:

- **which nodes** are touched, and which controls fail there;
- **the method**, from where the bad value comes: a flag beats a drop-in, a drop-in beats the file, so each value is changed where it stands;
- **the difference**: file, setting, old and new value; then \`systemctl daemon-reload\`, restart, status. All that the runbook does on one node is one edit and one restart;
- **the lasting fix**, with texts to paste: what is edited on a node is not on the node that replaces it;
- **what is not planned, and why**. A node that could not be read is read by SSM first; the running configuration alone (configz) tells a value and not who set it.

What the plan never does:

- It invents no value. New values are those of the catalogue; the client CA is the file where this kind of node has it, and is
  compared by SHA-256 with what DescribeCluster says before anything names it. Without that fingerprint a person does it.
- It takes nothing that a node said into a command or a snippet, but for paths in the kubelet’s own folders (\`/etc/kubernetes\`, \`/etc/eksctl\`, \`/etc/eks\`, \`/var/lib/kubelet\`) that need no quoting.
- It takes no \`--hostname-override\` from a node that runs: the node would come back under another name.
- It gives no permission: a mode only loses bits.
- It shuts nobody out and loses no node: where the API server comes in as anybody does (no client CA, anonymous access, \`AlwaysAllow\`), the runbook closes that only together with or after the client CA;
  it turns anonymous access off only together with webhook authentication, without which no bearer token (metrics-server) would be let in;
  and it restarts no kubelet whose client CA file is gone.
- It leaves to a person: machines that AWS does not confirm, snaps, files elsewhere, the content of the client CA’s file.

The runbook is started with control slugs and the SHA-256 of the CA to trust, never with values.
`;

const usage = `
## On the command line

\`\`\`sh
eks-kubelet-audit remediate payments --region eu-west-1                       # audits with every source, prints the plan, changes nothing
eks-kubelet-audit remediate payments --output plan                            # the same, and the snippets to paste as files below plan/
eks-kubelet-audit remediate payments --dry-run                                # asks each node’s document what it would change there
eks-kubelet-audit remediate payments --controls 3.2.3 --apply                 # asks for the cluster’s name, then changes node after node
eks-kubelet-audit remediate payments --apply --group workers --limit 5        # only some of them; --node and --skip choose single ones
eks-kubelet-audit remediate payments --apply --yes --publish                  # without a terminal; the findings turn PASSED at the end
eks-kubelet-audit remediate payments --resume RUN                             # goes on with a run that was broken off
eks-kubelet-audit remediate payments --undo RUN                               # puts back what a run changed, within 30 days
\`\`\`

\`--apply\` needs the SSM document of the remediation stack in the cluster’s account and Region, and your own right to read it (\`ssm:ListDocumentVersions\`, \`ssm:DescribeDocument\`, \`ssm:GetDocument\`), to
\`ssm:SendCommand\` it to the nodes and to read the answer (\`ssm:GetCommandInvocation\`); \`--resume\` and \`--undo\` also need \`ssm:ListCommands\`. The audit’s role has none of these rights on it. It works through the node groups in the order of the plan, \`--max-unavailable\` nodes at a time (1).

1. The document runs on the node: backup, armed rollback, change, restart, health; or it refuses, and says why. Well is one process that is there for a minute and answers at its beginning and end (\`--stable-seconds\`, 5 to 600; \`StableSeconds\` of the document).
2. The client CA is confirmed there by what runs: whoever connects to port 10250 is asked for a certificate, and that CA is named. Of every other value the node says *restarted, not confirmed*, and never *fixed*.
3. The node is read again, by SSM and, where it answers, by configz: what was fixed must pass, and what answered before must answer again. What the node says of its own change is not enough.
4. Its node must be Ready, by a status that its kubelet posted since.
5. Only then the next node is begun.

**Ready.** The API server is asked which nodes are Ready, with the rights that the audit has; the node’s script gets no credentials. A node that is not Ready or cordoned is left out and named. A group in which more than one node,
and more than 10 % (\`--max-unready\`), is not Ready is not begun. \`--max-unavailable\` counts the nodes under way and those of the group that became not Ready since the run began; when they use it up, the run waits ten minutes
for them and then stops. At the end, each node that was changed is looked at once more. Where no API server can be reached, nothing is changed, unless \`--without-ready\` says so.

**Canaries.** Where there are more than ten nodes, one of each group is changed and seen to be well before any other (\`--canary\`); with a canary, the first failure stops the run.

What the document does on the node is one run under one lock, which its rollback holds to its end, whoever was killed. **The rollback** is armed before anything is changed: by a timer, at boot before the kubelet, and by the
next run. The old file waits under a second name on the same file system, so that it comes back whole, with its owner, mode and attributes, on a full disk too. A rollback that fails (a file system that became read-only, a kubelet
that does not come back with its old files either) is tried again every two minutes until it is done, or a person puts the node right; the answer says so, and the old files stay in
\`/var/lib/eks-kubelet-audit/remediation/current\`. Modes and owners alone restart nothing, and are under the same rollback.

The document holds all of it, as shell to be read before it is deployed or approved:

\`\`\`sh
aws ssm get-document --name EksKubeletAudit-RemediateKubelet --query Content --output text | jq -r '.mainSteps[].inputs.runCommand[]'
\`\`\`

**What runs is ours.** Before anything is run, or anybody is asked, the starter finds the version of \`EksKubeletAudit-RemediateKubelet\` (and of the runbook) that says what this program brings, or its release before,
whatever is the default one, and names it with the hash that SSM has of it; SSM refuses a command whose document is another by then. The runbook, which may be approved a day later, compares both hashes again before it touches a
node, and ends there if one has changed. Without a version of ours nothing is run: \`document-missing\`, \`document-changed\`.

**It refuses** what it cannot edit without guessing, with nothing changed: YAML in flow style or with anchors, a byte order mark, carriage returns, numbers and truths in other notations (\`0x10\`, \`yes\`), one key in two spellings,
a drop-in that says \`null\`, an empty mode or a timeout of zero (each means another thing in each version), all gates at once (\`AllBeta\`), an argument that may be the value of the one before,
drop-ins without a configuration file or of 1.28, and files that are mounted or immutable. A refusal ends the command with exit code 0 and its marker, \`outcome=refused\`. What it reads is held to what the kubelet's own loader makes
of recorded machines (\`test/conformance\`): it says the same, or refuses.

**What somebody changed since the kubelet started** is not restarted into effect: a broken file would keep the kubelet down, and so would its backup. The document looks at the same times as the audit does
(mtime and ctime of each file, of the folders of drop-ins and those above, mounts), and at the unit, its drop-ins and their folder, files with arguments, and the kubelet's program. It refuses with \`edited-since\`, and names the file.
Where only ctime is newer, as after \`chmod\` or \`restorecon\`, it refuses with \`touched-since\`, unless the caller has just read that what runs is what the files say (\`Touched: as-running\`).
Modes and owners that the document itself changed are written down on the node and are no edit, for the audit too.

**Undo.** The previous files of a run stay on the node for 30 days, in \`/var/lib/eks-kubelet-audit/undo\`, for root only, eight runs at most. \`Mode: undo\` with the same \`Run\` puts them back, under the same backup and rollback. It
refuses where a file is not as the run left it (\`changed-since\`), or nothing is kept (\`no-undo\`).

**When a start fails**, the node's answer shows at most 20 lines of the kubelet's log, of level E or F, each with at most 200 characters. Words of 20 or more base64 characters are masked. They leave the node in that answer only.

**What a restart does to a node and its pods.** A restart of the kubelet evicts no pod and asks no PodDisruptionBudget: containers run on. The node may be \`NotReady\` for some seconds. Before Kubernetes 1.35, pods with readiness
probes can become unready until their next probe, so that Services send them nothing for that long (kubernetes#122338, #124397, #100277; KEP-4781). A kubelet that is away for longer than the cluster’s grace period (40 to 50 seconds) makes its node \`NotReady\`, and five minutes
later, by default, its pods are evicted. One that has not begun to be well 90 seconds after its restart, or does not stay so, gets its old files back.

| a node | then |
| --- | --- |
| passes, and is Ready | the next one is begun |
| was not changed: the document refused, the command did not reach it, it is not Ready | it is named at the end with the reason, and the next one is begun |
| left the cluster | the next one is begun |
| was put back, did not come back, does not show the new value, or is not Ready | **the run stops**, once \`--max-failures\` (1) of them have occurred; nodes under way are waited for; it is named first at the end |

**To go on after a stop**, give the same command again: the cluster is audited anew, and what is fixed is in no plan any more. A node that is in the way is left out with \`--skip i-…\`.
Ctrl-C begins no further node and waits for the one under way; a second one leaves at once, and the document ends what it began, or puts it back. \`--resume RUN\`, with the id that the run printed, waits for what is still under
way, restarts no finished node, and takes nodes that failed last. What a run sent is kept by Systems Manager, for 30 days, and nowhere else.

**To undo a run**, also one of the runbook (its id is that of the execution): the previous files stay on each node, for root only, in \`/var/lib/eks-kubelet-audit/undo\`, for 30 days and at most eight runs. \`--undo RUN\` asks as
\`--apply\` does, goes at the same pace and under the same rollback, and a node refuses it if a file was changed since. The controls fail again then.

Failures that a waiver accepts (\`--waivers\`) are left as they are. Exit codes are those of an audit, by the state at the end: 0 all pass, 1 something fails still or the run stopped, 2 something is unknown, 3 could not run
(such as without the document), 64 wrong usage (such as \`--apply\` without a terminal and without \`--yes\`), 130 interrupted.

## From Security Hub

The custom action \`Remediate kubelet\` sends the chosen findings to a function in the hub. Of each it takes the Id and nothing else, audits that cluster again with the member role, and if the finding is still true starts
the runbook \`EksKubeletAudit-RemediateKubelets\` in the finding’s account, one for each node group. It leaves out nodes that are not Ready or cordoned, and starts nothing where no API server can say which are: it enters the VPC of the
settings for that, and \`remediation.withoutReady\` does without. The runbook asks first (\`aws:approve\`, by a topic of that account), for a day; then it runs the document on one node after the other, and reads each once more by the
same document before the next (\`Mode: confirm\`). A node that refuses, is gone or can’t be reached is passed over; the first one that was put back, is lost or is not confirmed ends the runbook. The next one begins with the nodes
that were not reached. While a runbook of a group waits for its approval or changes nodes, no other is started for that group.

One press begins with 50 machines of a cluster; the log says how many are left, and the next press goes on with them. Nothing is ever started without a person, and what a waiver of the deployment accepts is left as it is. What became of each finding is in the function’s log: \`the runbook waits for approval\`,
\`there is nothing to fix\`, \`this finding is none of ours\`, \`the runbook cannot fix this\`, \`a runbook of this node group has not ended\`.

\`EksKubeletAudit-DryRunKubelets\` shows what would be changed. The mode is none of its parameters and none of its steps can change a node, so it asks nobody.

What that second look proves: for the client CA that the kubelet which runs asks for certificates of it; for every other value that the files and arguments say it and that the process is newer than both. The answer is *not confirmed*, and never *fixed*.
The runbook itself asks no API server; that is done for the whole cluster when it has ended, or for each node by \`remediate --apply\` from a terminal.

**When the runbook has ended**, well or not, however it was started, its log says of each node that was not fixed why, and of each changed node that is not Ready that it is not. Its cluster is audited again at once and its findings say what is true now, and why a node was not fixed; the next run announces what changed. What cannot be read at that moment
stays as it was proved. A rule in each account and Region tells the hub of the end, on a bus that carries nothing else.
`;

/** Each kind once, by a setting that a file says, an argument, and the lasting fix. */
function survival(): string {
  const rows = nodeKinds.map((kind) => {
    const steps = (how: string) =>
      controls.flatMap((control) =>
        failuresOf(control, kind)
          .filter((each) => each.how === how && control.about.kind === 'setting')
          .flatMap(({ facts }) => stepsOf(kind, facts)),
      );
    return `| ${kind} | ${summary(steps('file'))} | ${summary(steps('drop-in'))} | ${summary(steps('flag'))} | ${kind === 'auto-mode' || kind === 'fargate' ? 'AWS’s' : 'reboots and new nodes'} |`;
  });

  return `
## What survives what

The node’s own change, for a bad value of the configuration file, of nodeadm’s drop-in and of an argument; and the lasting fix. *Until reboot* means that the node’s bootstrap then writes its files anew.

| kind of node | in the file | in the drop-in | in an argument | the lasting fix survives |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
}

const stepsOf = (kind: NodeKind, facts: Parameters<typeof judgedNode>[0]['facts']): readonly Step[] =>
  planRemediation(audited([judgedNode({ ...(facts && { facts }) }, nodeOfKind(kind))]), { controls }).groups.flatMap(
    (group) => group.steps,
  );

function summary(steps: readonly Step[]): string {
  const found = steps.map(({ method, survives }) => `${method}: ${brief(survives)}`);
  return [...new Set(found)].sort().join('<br>');
}

const brief = ({ reboot, replacement }: Survives): string =>
  replacement
    ? 'no edit on the node'
    : reboot === 'unknown'
      ? 'not known'
      : reboot
        ? 'survives a reboot'
        : 'until reboot';

function methodsTable(): string {
  const when: Readonly<Record<keyof typeof methodNames, string>> = {
    'ca-bundle': 'the path is set, and what lies there is gone, another CA’s, or about to expire',
    'file-mode': 'the file is more open than 644',
    'file-owner': 'the file is not root’s',
    'config-file': 'the file of `--config` says so, or nobody does and the default is not enough',
    'config-drop-in': 'a drop-in of `--config-dir` sets, empties or (by `null`) deletes the value',
    'systemd-arguments': 'a flag says so, or the kubelet runs without a file and with the old defaults',
    'snap-arguments': 'the same, where the kubelet is a snap (Ubuntu)',
    restart: 'the files are right already: somebody edited them and did not restart',
    'settings-api': 'Bottlerocket has a setting for it',
    image: 'nothing is edited on such a node, or must not be',
    'not-ours': 'EKS Auto Mode, Fargate',
  };

  return `
## The methods

In the order in which the steps of a node group stand.

| method | what is done | when |
| --- | --- | --- |
${Object.entries(when)
  .map(([method, text]) => `| \`${method}\` | ${methodNames[method as keyof typeof methodNames]} | ${text} |`)
  .join('\n')}
`;
}

const worked = (): string =>
  ['## Worked examples', '', 'The cluster’s CA has the SHA-256 `abab…`.', '', ...examples.map(exampleText)].join('\n');

function exampleText({ title, words, plan }: (typeof examples)[number]): string {
  const [group] = plan.groups;
  return [
    `### ${title}`,
    '',
    words,
    '',
    ...(group?.steps ?? []).flatMap(stepLines),
    ...(group?.lasting ?? []).flatMap(lastingLines),
  ].join('\n');
}

function stepLines(step: Step): readonly string[] {
  const { method, by, because, changes, commands, survives, cautions, controls: slugs } = step;
  const difference = changes.flatMap((change) => {
    const { place, lines } = diffLines(change);
    return [`@@ ${place} @@`, ...lines];
  });

  return [
    `**On the node** (\`${method}\`, ${by === 'aws' ? 'by AWS' : `by ${by === 'runbook' ? 'the runbook' : 'a person'}`}; ${slugs.map((slug) => `\`${slug}\``).join(', ')}): ${because}.`,
    '',
    ...(difference.length === 0 ? [] : ['```diff', ...difference, '```', '']),
    ...(commands.length === 0 ? [] : ['```sh', ...commands, '```', '']),
    ...(by === 'aws' ? [] : [`It lasts ${survivesText(survives)}.`, '']),
    ...cautions.flatMap((caution) => [`> Mind: ${caution}.`, '']),
  ];
}

function lastingLines({ snippets, rollOut, source }: LastingFix): readonly string[] {
  return [
    ...snippets.flatMap(({ fileName, language, use, text }) => [
      `**For good**, \`${fileName}\`: ${use}.`,
      '',
      `\`\`\`${fences[language]}`,
      ...text.trimEnd().split('\n'),
      '```',
      '',
    ]),
    rollOut,
    '',
    `Source: ${source}.`,
    '',
  ];
}

const fences = {
  yaml: 'yaml',
  json: 'json',
  toml: 'toml',
  shell: 'sh',
  powershell: 'powershell',
  mime: 'text',
} as const;
