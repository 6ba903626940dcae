import { describe, expect, it } from 'vitest';
import type { NextNodePiece } from '../../../../../lambda/core/next-node/read/next-node.ts';
import { type Given, multipart, nodeOf, rendered, shownIn, userData, valueIn } from '../node-of-user-data.ts';
import { rowsOf } from '../rows.ts';

const file = '/etc/kubernetes/kubelet/kubelet-config.json';
const call = '/etc/eks/bootstrap.sh c';
const qps = "--kubelet-extra-args '--event-qps=3'";
const edit = (program: string, path = file): string => `echo "$(jq '${program}' ${path})" > ${path}`;
const copied = (command: string, ...more: readonly string[]): string =>
  [command, `mv /tmp/k ${file}`, ...more].join('\n');
const script = 'text/x-shellscript';
/** A script, or with `given` all that the node gets. */
const shown = (lines: string, given: Given = {}): string => {
  const text = lines.startsWith('Content-Type') ? lines : `#!/bin/bash\n${lines}\n`;
  const [first] = given.pieces ?? [userData(text)];
  const written = first && 'bytes' in first ? Buffer.from(first.bytes).toString() : '';
  return shownIn(written, nodeOf(text, { kind: 'al2', kubeletMinor: 32, ...given }));
};
const withPieces = (...pieces: readonly NextNodePiece[]): string =>
  shown(call, { pieces: [userData(`#!/bin/bash\n${call} ${qps}\n`), ...pieces] });

function follows(strings: TemplateStringsArray, ...found: readonly string[]): void {
  it.each(rowsOf(strings, ...found))('follows $name, with its place', ({ value, expected }) => {
    expect(value).toBe(expected);
  });
}

describe('a node of Amazon Linux 2', () => {
  follows`
    sudo before the call: ${shown(`sudo ${call} ${qps}`)} → eventRecordQPS=3 {piece:0,line:2,flag:event-qps} | 3 | '--event-qps=3'
    é before the call: ${shown(`# é\n${call} ${qps}`)} → eventRecordQPS=3 {piece:0,line:3,flag:event-qps} | 3 | '--event-qps=3'
    arguments of two words: ${shown(`${call} --kubelet-extra-args '--v=1 --event-qps 3'`)} → eventRecordQPS=3 {piece:0,line:2,flag:event-qps,behind:shell}
    the last of two: ${shown(`${call} --kubelet-extra-args '--event-qps=1' ${qps}`)} → eventRecordQPS=3 {piece:0,line:2,flag:event-qps} | 3 | '--event-qps=3'
    two calls: ${shown(`${call}\n${call}`)} → the user data: line 3 of its script is not followed
    an end before the call: ${shown(`exit 0\n${call}`)} → the user data: line 2 of its script is not followed
    an edit by sed: ${shown(`sed -i 's/x/y/' /etc/eks/bootstrap.sh\n${call}`)} → the user data: line 2 of its script is not followed
    escaped arguments: ${shown(`${call} --kubelet-extra-args --event\\-qps=3`)} → eventRecordQPS=3 {piece:0,line:2,flag:event-qps,behind:shell}
    a variable: ${shown(`A=3\n${call} --kubelet-extra-args "--event-qps=$A"`)} → eventRecordQPS=3 {piece:0,line:3,flag:event-qps,behind:shell}
    the environment: ${shown(`export A=1 KUBELET_EXTRA_ARGS=--event-qps=3\n${call}`)} → 
    the environment and a file: ${shown(`export KUBELET_EXTRA_ARGS=--event-qps=3 > /root/x\n${call}`)} → the user data: line 2 of its script is not followed
    the environment of what is not exported: ${shown(`KUBELET_EXTRA_ARGS=--event-qps=3\n${call}`)} → the user data: line 2 of its script is not followed
    a quote: ${shown(`${call} --kubelet-extra-args "--node-labels='a'"`)} → the extra arguments have a quote or a % in them, which systemd reads in its own way
    a percent sign: ${shown(`${call} --kubelet-extra-args --node-labels=%a`)} → the extra arguments have a quote or a % in them, which systemd reads in its own way
    a backslash: ${shown(`${call} --kubelet-extra-args '--node-labels=\\a'`)} → the entry 1 of the flags has a backslash or a line break in it
    an option with =, which is dropped: ${shown(`${call} --kubelet-extra-args=--event-qps=3 --other=1`)} → bootstrap.sh drops --kubelet-extra-args with a '=': the value is a word of its own there
    no name: ${shown('/etc/eks/bootstrap.sh --dns-cluster-ip 10.0.0.1')} → no by bootstrap: bootstrap.sh gets no name of a cluster
    a name that is empty: ${shown("/etc/eks/bootstrap.sh ''")} → no by bootstrap: bootstrap.sh gets no name of a cluster
    an option as name: ${shown('/etc/eks/bootstrap.sh --kubelet-extra-args=x c')} → no by bootstrap: bootstrap.sh gets no name of a cluster; bootstrap.sh drops --kubelet-extra-args with a '=': the value is a word of its own there
    arguments in other words: ${[shown(`${call} --kubelet-extra-args "$X"`), shown(`${call} --dns-cluster-ip=1 c2 --x=1 ${qps}`), shown(`${call} --kubelet-extra-args '--event-qps=3 --event-qpsx=4'`)].join(' // ')} → the user data: line 2 of its script is not followed // eventRecordQPS=3 {piece:0,line:2,flag:event-qps} | 3 | '--event-qps=3'; bootstrap.sh drops --dns-cluster-ip with a '=': the value is a word of its own there // a kubelet with this command line would not start: a kubelet 1.32 has no flag --event-qpsx; no by kubelet: the kubelet would not start: a kubelet 1.32 has no flag --event-qpsx
    flags of tools: ${[withPieces(rendered('spec', {}, ['--v=1'])), withPieces(rendered('a', {}, ['--v=1']), rendered('b', {}, ['--read-only-port=4']), rendered('c', {}))].join(' // ')} → eventRecordQPS=3 {piece:0,line:2,flag:event-qps} | 3 | '--event-qps=3' // readOnlyPort=4 {piece:2,flag:read-only-port,flagIndex:1}; eventRecordQPS=3 {piece:0,line:2,flag:event-qps} | 3 | '--event-qps=3'
    help: ${shown(`${call} --help`)} → the user data: line 2 of its script is not followed
    short help: ${shown(`${call} -h`)} → the user data: line 2 of its script is not followed
    an option without its value: ${shown(`${call} --dns-cluster-ip`)} → the user data: line 2 of its script is not followed
    an unknown value of another option: ${shown(`${call} --b64-cluster-ca "$X" ${qps}`)} → eventRecordQPS=3 {piece:0,line:2,flag:event-qps} | 3 | '--event-qps=3'
    an unknown word: ${shown(`${call} "$X"`)} → the user data: line 2 of its script is not followed
    a file that is emptied: ${shown(`${call}\n\n> /etc/x`)} → the user data: line 4 of its script is not followed
    a command over two lines: ${shown('reboot \\\n x')} → the user data: line 2 of its script is not followed
    a command behind an assignment: ${shown(`A=1 reboot\n${call}`)} → the user data: line 2 of its script is not followed
    a call that writes: ${shown(`${call} > /tmp/x`)} → the user data: line 2 of its script is not followed
    a call in a pipeline: ${shown(`${call} | tee /tmp/x`)} → the user data: line 2 of its script is not followed
    no call: ${shown('mkdir /tmp/x', { cluster: 'whole' })} → no by bootstrap: nothing calls /etc/eks/bootstrap.sh
    a kubelet that would not start: ${shown(`${call} --kubelet-extra-args --event-qps=x`, { cluster: 'whole' })} → a kubelet with this command line would not start: the flag --event-qps: eventRecordQPS is not a plain whole number; no by kubelet: the kubelet would not start: the flag --event-qps: eventRecordQPS is not a plain whole number
    a custom AMI: ${shown(`${call} ${qps}`, { ami: 'custom' })} → eventRecordQPS=? {piece:0,line:2,flag:event-qps} | 3 | '--event-qps=3'; unknown: the AMI is not EKS-optimized: its bootstrap is not known
    flags that a tool renders: ${withPieces(rendered('spec', {}, ['--v=1', '--event-qps=4']), rendered('', {}))} → eventRecordQPS=4 {piece:1,flag:event-qps,flagIndex:1}
    a file that a tool renders: ${withPieces(rendered('a', { readOnlyPort: 1 }), rendered('b', { readOnlyPort: null, authentication: { x509: {}, anonymous: null } }))} → authentication.anonymous.enabled=false {piece:2,keys:[authentication,anonymous]}; readOnlyPort=0 {piece:2,keys:[readOnlyPort]}; eventRecordQPS=3 {piece:0,line:2,flag:event-qps} | 3 | '--event-qps=3'

    an edit: ${shown(edit('.readOnlyPort=1|."eventRecordQPS" = 4'))} → readOnlyPort=1 {piece:0,line:2,behind:shell}; eventRecordQPS=4 {piece:0,line:2,behind:shell}
    an edit above the setting: ${shown(`sudo ${edit('.authentication={}')}`)} → authentication.x509.clientCAFile= {piece:0,line:2,behind:shell}; authentication.anonymous.enabled=false {piece:0,line:2,behind:shell}; authentication.webhook.enabled=true {piece:0,line:2,behind:shell}
    an edit below it: ${shown(edit('.authentication.x509.clientCAFile="/x"'))} → authentication.x509.clientCAFile=/x {piece:0,line:2,behind:shell}
    an edit of a new map: ${shown(edit('.featureGates.X=true'))} → no by kubelet: the kubelet would not start: the feature gate X is in no list of those of a kubelet 1.32
    an edit below a text: ${shown(edit('.kind.x=1'))} → the user data: line 2 of its script is not followed
    an edit by a variable: ${shown(`KUBELET_CONFIG=${file}\n${edit('.readOnlyPort=1', '$KUBELET_CONFIG')}`)} → readOnlyPort=1 {piece:0,line:3,behind:shell}
    an edit by a variable in braces: ${shown(`KUBELET_CONFIG=${file}\n${edit('.readOnlyPort=1', '"${KUBELET_CONFIG}"')}`)} → readOnlyPort=1 {piece:0,line:3,behind:shell}
    an edit by an unset variable: ${shown(edit('.readOnlyPort=1', '$KUBELET_CONFIG'))} → the user data: line 2: a substitution
    an edit of another file: ${shown(edit('.readOnlyPort=1', '/tmp/x'))} → the user data: line 2: a substitution
    edits in other words: ${[shown(`\t ${edit('  .readOnlyPort  =  1  ')} \t`), shown(edit('."authentication"."anonymous".enabled=true|.authentication."a-b.c"="x"|.a1_="é"')), shown(`KUBELET_CONFIG=${file}\necho "$(jq '.readOnlyPort=1' "$KUBELET_CONFIG")" > \${KUBELET_CONFIG}`), shown(`${edit('.readOnlyPort=1')}\n# é\n${edit('.eventRecordQPS=4')}`), shown(`${edit('.authentication.anonymous.enabled=true')}\n${edit('.authenticationX=1')}`)].join(' // ')} → readOnlyPort=1 {piece:0,line:2,behind:shell} // authentication.anonymous.enabled=true {piece:0,line:2,behind:shell} // readOnlyPort=1 {piece:0,line:3,behind:shell} // readOnlyPort=1 {piece:0,line:2,behind:shell}; eventRecordQPS=4 {piece:0,line:4,behind:shell} // authentication.anonymous.enabled=true {piece:0,line:2,behind:shell}
    edits that are none: ${[['.=1', '.a.=1', 'a=1', '.1a=1', '."a b"=1', '.a[0]=1', '.a = ', '.a=1 .b', '.a=1,', ''].map((text) => shown(edit(text)) === 'the user data: line 2 of its script is not followed').join(), shown(`echo "$(jq '.readOnlyPort=1' ${file})" > /tmp/x`), shown(`KUBELET_CONFIG=${file}x\n${edit('.readOnlyPort=1', '$KUBELET_CONFIG')}`), [`x ${edit('.a=1')}`, `${edit('.a=1')} x`, edit('.a=1').replace('echo', 'printf'), edit('.a=1').replace('jq', 'jq -r'), edit('.a=1').replace('>', '>>'), edit(".a=1' 'x")].map((text) => shown(text) === 'the user data: line 2: a substitution').join()].join(' // ')} → true,true,true,true,true,true,true,true,true,true // the user data: line 2: a substitution // the user data: line 3: a substitution // true,true,true,true,true,true
    no JSON: ${shown(edit('.readOnlyPort=x'))} → the user data: line 2 of its script is not followed
    an update: ${shown(edit('.readOnlyPort|=1'))} → the user data: line 2 of its script is not followed
    a comparison: ${shown(edit('.readOnlyPort==1'))} → the user data: line 2 of its script is not followed
    an edit of a kubelet that runs: ${shown(`${call}\n${edit('.readOnlyPort=1')}`)} → a script changes the configuration of a kubelet that runs, and does not restart it
    an edit and a restart: ${shown(`${call}\n${edit('.readOnlyPort=1')}\nsystemctl restart kubelet.service`)} → readOnlyPort=1 {piece:0,line:3,behind:shell}
    a restart of two: ${shown(`${call}\n${edit('.readOnlyPort=1')}\nsystemctl restart kubelet containerd`)} → a script changes the configuration of a kubelet that runs, and does not restart it
    a start: ${shown(`${call}\n${edit('.readOnlyPort=1')}\nsystemctl start kubelet`)} → a script changes the configuration of a kubelet that runs, and does not restart it

    a copy: ${shown(copied(`jq '.readOnlyPort=1' ${file} > /tmp/k`))} → readOnlyPort=1 {piece:0,line:3,behind:shell}
    a copy by two programs: ${shown(copied(`cat ${file} | jq '.readOnlyPort=1' | jq '.eventRecordQPS=2' > /tmp/k`))} → readOnlyPort=1 {piece:0,line:3,behind:shell}; eventRecordQPS=2 {piece:0,line:3,behind:shell}
    copies in other words: ${[shown(copied(`jq '\n .readOnlyPort =\n 1\n' ${file} > /tmp/k`)), shown(`jq '.readOnlyPort=1' ${file} > /tmp/k\nsudo cp /tmp/k ${file}`)].join(' // ')} → readOnlyPort=1 {piece:0,line:6,behind:shell} // readOnlyPort=1 {piece:0,line:3,behind:shell}
    copies that are none: ${[[`cat ${file} /x | jq '.a=1' > /tmp/k`, `cat /x | jq '.a=1' > /tmp/k`, `jq '.a=1' ${file} ${file} > /tmp/k`, `cat ${file} | jq '.a=1' x > /tmp/k`, `jq "$X" ${file} > /tmp/k`, `cat ${file} > /tmp/j | jq '.a=1' > /tmp/k`, `jq '.a' ${file} > /tmp/k`, `cat ${file} | jq '.a=1' | jq '.b' > /tmp/k`, `jq '.a=1' ${file} | tee /tmp/k`].map((text) => shown(text) === 'the user data: line 2 of its script is not followed').join(), shown(copied(`cat ${file} > /tmp/k`)), [`mv /tmp/k ${file}x`, `mv ${file} /tmp/k`, `ln /tmp/k ${file}`, `mv /tmp/j ${file}`].map((text) => shown(`jq '.a=1' ${file} > /tmp/k\n${text}`)).join('; '), shown(copied(`jq '.kind.x=1' ${file} > /tmp/k`))].join(' // ')} → true,true,true,true,true,true,true,true,true // the user data: line 3 of its script is not followed // the user data: line 3 of its script is not followed; the user data: line 3 of its script is not followed; the user data: line 3 of its script is not followed; the user data: line 3 of its script is not followed // the user data: line 3 of its script is not followed
    restarts: ${[shown(`${call}\n${edit('.readOnlyPort=1')}\nsudo systemctl restart kubelet`), ['kubelet.service.x', 'xkubelet', 'containerd'].map((unit) => shown(`${call}\n${edit('.readOnlyPort=1')}\nsystemctl restart ${unit}`)).join('; '), shown(`${edit('.readOnlyPort=1')}\n${call}\nsystemctl start kubelet`)].join(' // ')} → readOnlyPort=1 {piece:0,line:3,behind:shell} // the user data: line 4 of its script is not followed; the user data: line 4 of its script is not followed; a script changes the configuration of a kubelet that runs, and does not restart it // readOnlyPort=1 {piece:0,line:2,behind:shell}
    calls in other places: ${[[`true && ${call} ${qps}`, `mkdir /tmp/x && ${call} ${qps}`, `KUBELET_CONFIG=x && export KUBELET_EXTRA_ARGS=1 && ${call}`, `export KUBELET_EXTRA_ARGS=--event-qps=3 && ${call}`].map((text) => shown(text)).join('; '), shown(`${call} ${qps}\nexport KUBELET_EXTRA_ARGS=--event-qps=4`), shown(`/etc/eks/bootstrap.shx c\n${call} ${qps}`)].join(' // ')} → the user data: line 2 of its script is not followed; the user data: line 2 of its script is not followed; the user data: line 2 of its script is not followed;  // eventRecordQPS=3 {piece:0,line:2,flag:event-qps} | 3 | '--event-qps=3' // the user data: line 2 of its script is not followed
    a copy that is written over: ${shown(copied(`jq '.readOnlyPort=1' ${file} > /tmp/k\necho > /tmp/k`))} → the user data: line 3 of its script is not followed
    a move behind ||: ${shown(`jq '.readOnlyPort=1' ${file} > /tmp/k\ntrue || mv /tmp/k ${file}`)} → the user data: line 3 of its script is not followed
    a move behind a command that may fail: ${shown(`jq '.readOnlyPort=1' ${file} > /tmp/k\ncat /tmp/x && mv /tmp/k ${file}`)} → the user data: line 3 of its script is not followed
    a move behind its copy: ${shown(`jq '.readOnlyPort=1' ${file} > /tmp/k && mv /tmp/k ${file} && systemctl restart kubelet`)} → readOnlyPort=1 {piece:0,line:2,behind:shell}
    a call behind ||: ${shown(`true || ${call}`)} → the user data: line 2 of its script is not followed
    a restart behind ||: ${shown(`${call}\n${edit('.readOnlyPort=1')}\ntrue || systemctl restart kubelet`)} → the user data: line 4 of its script is not followed
    the environment behind ||: ${shown(`true || export KUBELET_EXTRA_ARGS=--event-qps=3\n${call}`)} → the user data: line 2 of its script is not followed
    the environment in a pipe: ${shown(`export KUBELET_EXTRA_ARGS=--event-qps=3 | cat\n${call}`)} → the user data: line 2 of its script is not followed
    a copy outside /tmp: ${shown(`jq '.readOnlyPort=1' ${file} > /root/k`)} → the user data: line 2 of its script is not followed
    a copy out of /tmp: ${shown(`jq '.readOnlyPort=1' ${file} > /tmp/../k`)} → the user data: line 2 of its script is not followed
    a copy to two files: ${shown(copied(`jq '.readOnlyPort=1' ${file} > /tmp/j > /tmp/k`))} → the user data: line 2 of its script is not followed
    a copy by options of jq: ${shown(copied(`jq -S '.readOnlyPort=1' ${file} > /tmp/k`))} → the user data: line 2 of its script is not followed
    a copy of another file: ${shown(copied("jq '.readOnlyPort=1' /tmp/j > /tmp/k"))} → the user data: line 2 of its script is not followed
    a copy by another program: ${shown(copied(`cat ${file} | grep x > /tmp/k`))} → the user data: line 2 of its script is not followed
    a copy by a pipe behind jq: ${shown(copied(`jq '.readOnlyPort=1' ${file} | jq '.a=1' > /tmp/k`))} → the user data: line 2 of its script is not followed
    a copy by an unknown program: ${shown(copied(`cat ${file} | jq "$X" > /tmp/k`))} → the user data: line 2 of its script is not followed
    a move elsewhere: ${shown(`jq '.readOnlyPort=1' ${file} > /tmp/k\nmv /tmp/k /tmp/j`)} → the user data: line 3 of its script is not followed
    a move of two: ${shown(`jq '.readOnlyPort=1' ${file} > /tmp/k\nmv /tmp/k ${file} /tmp/j`)} → the user data: line 3 of its script is not followed
    a removal: ${shown(`jq '.readOnlyPort=1' ${file} > /tmp/k\nrm /tmp/k ${file}`)} → the user data: line 3 of its script is not followed

    a later part: ${shown(multipart(['text/plain', 'x'], [`${script}; charset="us-ascii"`, `#!/bin/sh\n${call} ${qps}`]))} → eventRecordQPS=3 {piece:0,part:2,line:11,flag:event-qps} | 3 | '--event-qps=3'
    a part in base64: ${shown(multipart([script, btoa(`#!/bin/sh\n${call} ${qps}`)]))} → eventRecordQPS=3 {piece:0,part:1,behind:encoding,flag:event-qps}
    an edit in base64: ${shown(multipart([script, btoa(`#!/bin/sh\n${edit('.readOnlyPort=1')}`)]))} → readOnlyPort=1 {piece:0,part:1,behind:shell}
    parts in a part: ${shown(multipart(['multipart/x', `--C\n\n#!/bin/sh\n${call} ${qps}\n--C--\n`]))} → eventRecordQPS=3 {piece:0,part:1,behind:encoding,flag:event-qps}
    an odd part in a part: ${shown(multipart(['multipart/x', '--C\nContent-Type: text/x-include-url\n\nx\n--C--\n']))} → part 1 is an include of another address
    harmless cloud-config: ${shown(multipart(['text/cloud-config', 'hostname: x']))} → 
    other cloud-config: ${shown(multipart(['text/cloud-config', 'hostname: x\nruncmd: []\nx: y']))} → part 1 has cloud-config with runcmd
    a part that is not followed: ${shown(multipart([script, 'x'], [script, 'reboot']))} → part 1: line 1 of its script is not followed
    no last boundary: ${shown(multipart([script, 'x']).replace('--B--', ''))} → the MIME message cannot be read: no boundary ends the last part
    a header that Go does not read: ${shown(multipart([script, call]).replace('\n', '\nMIME-Version: 1.0\nx\n'))} → the MIME message cannot be read
    other parts: ${[shown(multipart([script, 'mkdir /tmp/x'], [script, `# é\n${call} ${qps}`], [script, edit('.readOnlyPort=1')], [script, 'systemctl restart kubelet'])), shown(multipart([`${script}\nContent-Transfer-Encoding: quoted-printable`, `#!/bin/sh\n${call} --kubelet-extra-args=20'--event-qps=3D3'`])), shown(multipart(['multipart/x', `--C\nContent-Type: text/cloud-config\n\nruncmd: []\n--C--\n`])), shown('', { pieces: [userData('#cloud-config\nwrite_files: []\n')] }), shown('', { pieces: [userData('mime-version: 1.0\nx\n')] }), shown('Content-Type: multipart/x; boundary*0=a\n\n--a\n')].join(' // ')} → readOnlyPort=1 {piece:0,part:3,line:15,behind:shell}; eventRecordQPS=3 {piece:0,part:2,line:11,flag:event-qps} | 3 | '--event-qps=3' // eventRecordQPS=3 {piece:0,part:1,behind:encoding,flag:event-qps} // part 1 has cloud-config with runcmd // the user data has cloud-config with write_files // the MIME message cannot be read // a boundary that is written in pieces
    a part of a tool: ${shown(call, { pieces: [{ from: 'part', contentType: script, bytes: Buffer.from(`${call} ${qps}`) }] })} → eventRecordQPS=3 {piece:0,line:1,flag:event-qps} | 3 | '--event-qps=3'
    a part of no type: ${shown(call, { pieces: [{ from: 'part', contentType: 'text/', bytes: Buffer.from(`#!/bin/sh\n${call} ${qps}`) }] })} → eventRecordQPS=3 {piece:0,line:2,flag:event-qps} | 3 | '--event-qps=3'
  `;
});

it.each(
  'use-max-pods b64-cluster-ca apiserver-endpoint kubelet-extra-args enable-docker-bridge aws-api-retry-attempts docker-config-json containerd-config-file pause-container-account pause-container-version dns-cluster-ip container-runtime ip-family service-ipv4-cidr service-ipv6-cidr enable-local-outpost cluster-id mount-bpf-fs local-disks'.split(
    ' ',
  ),
)('the option --%s of bootstrap.sh takes the next word, and is dropped with a =', (option) => {
  expect(shown(`${call} --${option} --kubelet-extra-args '--event-qps=3'`)).not.toContain('eventRecordQPS=3');
  expect(shown(`${call} --${option}s --kubelet-extra-args '--event-qps=3'`)).toContain('eventRecordQPS=3');
  expect(shown(`${call} --${option}=1`)).toBe(
    `bootstrap.sh drops --${option} with a '=': the value is a word of its own there`,
  );
});

it('takes extra arguments of the environment, unless the call has its own', () => {
  const qpsOf = (lines: string) =>
    valueIn(nodeOf(`#!/bin/bash\n${lines}\n`, { kind: 'al2', kubeletMinor: 32 }), 'eventRecordQPS');
  const variable = 'export KUBELET_EXTRA_ARGS=--event-qps=4';
  const all = [`${variable}\n${call}`, variable, `${variable}\n${call} ${qps}`, `X${variable.slice(7)}\n${call}`];
  expect(all.map(qpsOf)).toEqual([4, 4, 3, 50]);
});
