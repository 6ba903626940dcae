import { describe, expect, it } from 'vitest';
import { judgeParts } from '../../../../../lambda/core/next-node/read/shell/other-parts.ts';
import { withCommands } from '../../../../docs/commands-table.ts';
import { textOf } from '../../../../docs/pages.ts';
import { harmless, notShown, touching } from './script-rows.ts';

/** What a script is judged as: `harmless`, or the kind and line of what isn't. */
function judged(body: string, type = 'text/x-shellscript'): string {
  const found = judgeParts([{ type, body: Buffer.from(body) }]);
  return found === undefined ? 'harmless' : `${found.kind} ${found.line}`;
}

describe('an ordinary script that leaves the kubelet alone is harmless', () => {
  it.each(harmless)('%s', (body) => {
    expect(judged(body)).toBe('harmless');
  });
});

describe('a script that runs what its file does not show, or may write anywhere, is not harmless', () => {
  it.each(notShown)('%s', (body) => {
    expect(judged(`#!/bin/bash\n${body}\n`)).toMatch(/^not-shown [1-9]/);
  });
});

describe('a script about the kubelet touches it', () => {
  it.each(touching)('%s', (body) => {
    expect(judged(`#!/bin/bash\n${body}\n`)).toMatch(/^touches 2/);
  });
});

describe('a key of cloud-config is judged by what it runs or writes', () => {
  it.each<[string, string]>([
    ["output: {all: '| tee -a /var/log/cloud-init-output.log'}", 'harmless'],
    ['output: {all: "| sh -c \'reboot\'"}', 'not-shown 2'],
    ["output: {init: ['> /etc/x', '&1']}", 'not-shown 2'],
    ['runcmd: [[systemctl, enable, --now, chronyd], "mkdir -p /data"]', 'harmless'],
    ['runcmd: [[reboot]]', 'not-shown 2'],
    ['runcmd: ["systemctl stop kubelet"]', 'touches 2'],
    ['bootcmd: ["curl x | sh"]', 'not-shown 2'],
    ['write_files: [{path: /tmp/x, content: y}]', 'harmless'],
    ['write_files: [{path: /etc/sysctl.d/x.conf, content: "vm.max_map_count=1", permissions: "0644"}]', 'harmless'],
    ['write_files: [{path: /etc/kubernetes/kubelet/config.json, content: "{}"}]', 'touches 2'],
    ['write_files: [{path: /usr/bin/x, content: y}]', 'not-shown 2'],
    ['write_files: [{path: /etc/cron.d/x, encoding: gz+b64, content: eA==}]', 'not-shown 2'],
    ['packages: [htop, [jq, 1.6]]', 'harmless'],
    ['packages: ["https://example.com/x.rpm"]', 'not-shown 2'],
    ['mounts: [[/dev/nvme1n1, /data, xfs, "defaults,nofail", "0", "2"]]', 'harmless'],
    ['mounts: [[/tmp/x, /etc, none, bind]]', 'not-shown 2'],
    [
      'users: [default, {name: ops, groups: wheel, sudo: "ALL=(ALL) NOPASSWD:ALL", ssh_authorized_keys: [x]}]',
      'harmless',
    ],
    ['users: [{name: ops, homedir: /etc}]', 'not-shown 2'],
    ['ntp: {servers: [169.254.169.123]}', 'harmless'],
    ['ntp: {config: {template: x, confpath: /etc/x}}', 'not-shown 2'],
    ['fs_setup: [{device: /dev/nvme1n1, filesystem: xfs}]', 'not-shown 2'],
    ['fs_setup: [{device: /dev/nvme1n1, cmd: reboot}]', 'not-shown 2'],
    ['swap: {filename: /swapfile, size: 1024}', 'not-shown 2'],
    ['swap: {filename: /etc/kubernetes/kubelet/config.json, size: 1}', 'not-shown 2'],
    ['yum_repos: {x: {baseurl: https://example.com}}', 'not-shown 2'],
    ['power_state: {mode: reboot, condition: "reboot"}', 'not-shown 2'],
    ['disk_setup: {/dev/nvme1n1: {table_type: gpt}}', 'not-shown 2'],
    ['timezone: UTC', 'harmless'],
    ['chef: {}', 'not-shown 2'],
    ['merge_how: x', 'not-shown 2'],
    ['locale_configfile: /etc/x', 'not-shown 2'],
  ])('%s → %s', (config, expected) => {
    expect(judged(`#cloud-config\n${config}\n`, 'text/cloud-config')).toBe(expected);
  });
});

it('a script of any depth and with texts of any length is answered', () => {
  const doubled = Array.from({ length: 40 }, (_, at) => `X${at + 1}="$X${at}$X${at}"\n`).join('');
  expect(judged(`#!/bin/bash\nX0=abc\n${doubled}echo x > "$X40"\n`)).toMatch(/^not-shown/);
  expect(judged(`#!/bin/bash\nX0=abc\n${doubled}echo "$X40" > /tmp/x\n`)).toBe('harmless');
  for (const open of ['$(', '{ ', 'if ', '((', '"$(', '<('])
    expect(judged(`#!/bin/bash\n${open.repeat(5000)}\n`)).toMatch(/^not-shown/);
});

it('files of one part count for the scripts of another', () => {
  const part = (body: string) => ({ type: 'text/x-shellscript', body: Buffer.from(body) });
  const runs = part('#!/bin/bash\n/usr/local/bin/x.sh\n');
  const writes = (text: string) => part(`#!/bin/bash\ncat > /usr/local/bin/x.sh <<'EOF'\n#!/bin/bash\n${text}\nEOF\n`);
  expect(judgeParts([writes('mkdir -p /data'), runs])).toBeUndefined();
  expect(judgeParts([writes('mkdir -p /data'), writes('reboot'), runs])).toMatchObject({ kind: 'not-shown', index: 2 });
  expect(judgeParts([runs])).toMatchObject({ kind: 'not-shown', index: 0 });
});

it('docs/next-node.md has the tables of commands and places', () => {
  const page = textOf('docs/next-node.md');
  expect(withCommands(page)).toBe(page);
});
