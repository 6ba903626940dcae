import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type CloudInitPart, cloudInitPart } from '../../../../../lambda/core/next-node/read/shell/cloud-init.ts';
import { shellCommands } from '../../../../../lambda/core/next-node/read/shell/commands.ts';
import { isHarmless } from '../../../../../lambda/core/next-node/read/shell/harmless.ts';
import { rowsOf } from '../rows.ts';

/** Each word with its place in brackets where that shows more, `?` for one that is not known; behind `>` what is written. */
function commands(script: string): string {
  const read = shellCommands(script);
  if (!read.ok) return read.error;
  const word = (text: string | undefined): string => (text === undefined ? '?' : JSON.stringify(text));
  const shown = read.value.map((pipeline) =>
    pipeline
      .map(({ words, writes, ranges }) =>
        [
          ...words.map((each, at) => `${word(each)}${ranges[at]?.start}-${ranges[at]?.end}`),
          ...writes.map((each) => `>${word(each)}`),
        ].join(' '),
      )
      .join(' | '),
  );
  return shown.join('; ');
}
const partText = (part: CloudInitPart): string => {
  switch (part.kind) {
    case 'script':
      return `script ${JSON.stringify(part.text)}`;
    case 'config':
      return `config [${part.keys.join()}]`;
    case 'several':
      return `(${part.parts.map(partText).join(' ')})`;
    case 'not-followed':
      return part.because;
    case 'ignored':
      return part.kind;
  }
};
const part = (type: string, text: string, depth?: number): string =>
  partText(cloudInitPart(type, Buffer.from(text, 'latin1'), depth));
const nested = (count: number): string =>
  count === 0 ? 'x' : `--B${count}\nContent-Type: multipart/x\n\n${nested(count - 1)}\n--B${count}--\n`;

function reads(strings: TemplateStringsArray, ...found: readonly string[]): void {
  it.each(rowsOf(strings, ...found))('is read as it runs with $name', ({ value, expected }) => {
    expect(value).toBe(expected);
  });
}

describe('a script', () => {
  reads`
    blanks and comments: ${commands(' a\tb\r\n#x\n\n c#d # e')} → "a"1-2 "b"3-4; "c#d"11-14
    lists: ${commands('a;b&&c||d\ne')} → "a"0-1; "b"2-3; "c"5-6; "d"8-9; "e"10-11
    pipelines: ${commands('a | b |\nc\nd')} → "a"0-1 | "b"4-5 | "c"8-9; "d"10-11
    lines that go on: ${commands('a \\\n b\\\nc')} → "a"0-1 "bc"5-9
    single quotes: ${commands(`a'b "$x'c ''`)} → "ab \\"$xc"0-9 ""10-12
    double quotes: ${commands(String.raw`"a\"\\\$\`\x" "b"'c'`)} → "a\\"\\\\$\`\\\\x"0-13 "bc"14-20
    a line end in quotes: ${commands('"a\\\nb\nc" \'d\ne\'')} → "ab\\nc"0-8 "d\\ne"9-14
    backslashes: ${commands(String.raw`a\ b \$x \\`)} → "a b"0-4 "$x"5-8 "\\\\"9-11
    a backslash at the end: ${commands('a\\')} → "a"0-3
    variables: ${commands('A=1 B="x y"\nexport C=$A\na $A ${A}b "$B" $B "${C}$D" $D')} → "A=1"0-3 "B=x y"4-11; "export"12-18 "C=1"19-23; "a"24-25 "1"26-28 "1b"29-34 "x y"35-39 ?40-42 ?43-51 ?52-54
    a variable of one command: ${commands('A=1 b\nc $A')} → "A=1"0-3 "b"4-5; "c"6-7 ?8-10
    assignments that may not run: ${commands('A=1; b && A=2; c $A; A=3; A=4 | d | A=5; e $A; f ||\nA=6\ng $A; A=7; h $A')} → "A=1"0-3; "b"5-6; "A=2"10-13; "c"15-16 ?17-19; "A=3"21-24; "A=4"26-29 | "d"32-33 | "A=5"36-39; "e"41-42 ?43-45; "f"47-48; "A=6"52-55; "g"56-57 ?58-60; "A=7"62-65; "h"67-68 "7"69-71
    an unknown assignment: ${commands('A=1\nA=$X\nb $A; C=a=b; d $C')} → "A=1"0-3; ?4-8; "b"9-10 "1"11-13; "C=a=b"15-20; "d"22-23 "a=b"24-26
    a variable with a wildcard: ${commands('A="*"\nb $A "$A"')} → "A=*"0-5; "b"6-7 ?8-10 "*"11-15
    dollars: ${commands('a $ "$" "b$"')} → "a"0-1 "$"2-3 "$"4-7 "b$"8-12
    other dollars: ${commands('a $1')} → line 1: a substitution
    wildcards: ${commands('a *.x b? [c] ~ {d} e')} → "a"0-1 ?2-5 ?6-8 ?9-12 ?13-14 ?15-18 "e"19-20
    writes: ${commands('a > b 2>> c &> d 2>&1 < e >f')} → "a"0-1 >"b" >"c" >"d" >"f"
    a write alone: ${commands('> a')} → >"a"
    a write to an unknown file: ${commands('a > $X')} → "a"0-1 >?
    a here-document: ${commands('a << E > b\nx\ny\nE\nc')} → "a"0-1 >"b"; "c"17-18
    a here-document with tabs: ${commands('a <<-E\n\tx\n\tE\nc')} → "a"0-1; "c"13-14
    a quoted here-document: ${commands("a << 'E'\n$(x)\nE\nb")} → "a"0-1; "b"16-17
    a here-document with a variable: ${commands('a << E\n$x\nE\n')} → "a"0-1
    a here-document without an end: ${commands('a << E\nx')} → "a"0-1
    a here-document in a pipeline: ${commands('a << E |\nx\nE\nb')} → "a"0-1; "b"13-14
    two here-documents: ${commands('a << E; b << F\nx\nE\ny\nF\n')} → "a"0-1; "b"8-9
    a here-document of an unknown end: ${commands('a << $X\n')} → line 1: a here-document without an end
    a substitution in a here-document: ${commands('a << E\n$(x)\nE\n')} → line 4: a substitution in a here-document
    the line of AWS that logs: ${commands('exec > >(tee -a /var/log/x.log | logger -t user-data -s 2>/dev/console) 2>&1\na')} → "a"77-78
    a pipe of both: ${commands('a\nb |& c')} → line 2: a |&
    a background: ${commands('a & b')} → line 1: a construct of the shell that is not followed here
    a group: ${commands('\n(a)')} → line 2: a construct of the shell that is not followed here
    a process as file: ${commands('a <(b)')} → line 1: a construct of the shell that is not followed here
    a here-string: ${commands('a <<< b')} → line 1: a construct of the shell that is not followed here
    a keyword: ${commands('a\nif b')} → line 2: a 'if', which is not followed here
    keywords: ${'if for while until case function select coproc ! } then do fi done esac else elif'.replaceAll(/\S+/g, (word) => commands(`${word} x`).replace(', which is not followed here', ''))} → line 1: a 'if' line 1: a 'for' line 1: a 'while' line 1: a 'until' line 1: a 'case' line 1: a 'function' line 1: a 'select' line 1: a 'coproc' line 1: a '!' line 1: a '}' line 1: a 'then' line 1: a 'do' line 1: a 'fi' line 1: a 'done' line 1: a 'esac' line 1: a 'else' line 1: a 'elif'
    a here-document alone: ${commands('<< E\nx\nE\na <<- E\n\tx\n\t\tE\n')} → "a"9-10
    an unknown value beside a known one: ${commands('B=1\nA=$X B=2; c $B')} → "B=1"0-3; ?4-8 "B=2"9-12; "c"14-15 "2"16-18
    a keyword that is quoted: ${commands('"if" a; a if')} → "if"0-4 "a"5-6; "a"8-9 "if"10-12
    a substitution: ${commands('a $(b)')} → line 1: a substitution
    backquotes: ${commands('a `b`')} → line 1: a construct of the shell that is not followed here
    backquotes in quotes: ${commands('a "`b`"')} → line 1: a substitution
    quotes that do not end: ${commands("a\n'b")} → line 2: quotes that do not end
    double quotes that do not end: ${commands('a\n"b')} → line 2: quotes that do not end
    too much text: ${commands(' '.repeat(256 * 1024 + 1))} → a script that is too long
    as much text as there may be: ${commands(`${' '.repeat(256 * 1024 - 1)}a`)} → "a"262143-262144
    line ends in words: ${[commands('a b\r\nc \\\r\n'), commands('a\\\nb\\ c')].join(' // ')} → "a"0-1 "b"2-3; "c"5-6 "\\r"7-9 // "ab c"0-7
    files before words: ${[commands('>a b >>c 2>d 1>>e &>>f >&2 2>&- <g h'), commands('a 12>b x2>c')].join(' // ')} → "b"3-4 "h"35-36 >"a" >"c" >"d" >"e" >"f" // "a"0-1 "12"2-4 "x2"7-9 >"b" >"c"
    other here-documents: ${[commands('a 0<<E\nx\nE\nz'), commands('a <<-"E"\n\t\t$(x)\n\ty\n E\n\tE\nz'), commands('a << \\E\n`x`\nE\nb'), commands('a << E\nx\\\nE\nz'), commands('a << E\n`x`\nE\n'), commands('a << E # b\nx\nE\n# c')].join(' // ')} → "a"0-1; "z"11-12 // "a"0-1; "z"25-26 // "a"0-1; "b"14-15 // "a"0-1; "z"12-13 // line 4: a substitution in a here-document // "a"0-1
    ends of lines: ${[commands('a &&\nb ||\n\nc;\n;d'), commands('a #')].join(' // ')} → "a"0-1; "b"5-6; "c"11-12; "d"15-16 // "a"0-1
    other processes and groups: ${[commands('a > >(b)'), commands('a >(b)'), commands('a)')].join(' // ')} → line 1: a construct of the shell that is not followed here // line 1: a construct of the shell that is not followed here // line 1: a construct of the shell that is not followed here
    values of variables: ${[commands(`${'A'.repeat(190)}=1; a $${'A'.repeat(190)}`).slice(-25), commands('A="b\nc"; d $A "$A"; E=?; F=[; g $E $F')].join(' // ')} → 92; "a"194-195 "1"196-387 // "A=b\\nc"0-7; "d"9-10 ?11-13 "b\\nc"14-18; ?20-23; ?25-28; "g"30-31 ?32-34 ?35-37
    names of variables: ${commands('_a1=x\n1a=y\na-b=z\nb ${_a1}$_a1-$_a1. "$_a1$"')} → "_a1=x"0-5; "1a=y"6-10; "a-b=z"11-16; "b"17-18 "xx-x."19-35 "x$"36-43
    exports of names: ${commands('A=1\nexport A\nexport A=2 B\na $A $B; export C=3 D=4 -n; b $C$D\nexport A+=5; c $A; C+=6; d $C')} → "A=1"0-3; "export"4-10 "A"11-12; "export"13-19 "A=2"20-23 "B"24-25; "a"26-27 "2"28-30 ?31-33; "export"35-41 "C=3"42-45 "D=4"46-49 "-n"50-52; "b"54-55 "34"56-60; "export"61-67 "A+=5"68-72; "c"74-75 ?76-78; "C+=6"80-84; "d"86-87 "3"88-90
    escapes in double quotes: ${commands(String.raw`"\$A" "$X\"y"z "\a"`)} → "$A"0-5 ?6-14 "\\\\a"15-19
    other substitutions: ${[commands('\na`b`'), commands('\na "b\n`c`"'), commands('a\nb "$(c)"')].join(' // ')} → line 2: a substitution // line 3: a substitution // line 2: a substitution
    lines that log: ${[commands(`${['tee /var/log/x.log', 'tee /var/log/x|logger -t a ', 'tee -a /var/log/x |logger -t a -s 2> /dev/console'].map((each) => `exec > >(${each}) 2>&1 \n`).join('')}b`), ['exec > >(tee /etc/x) 2>&1', 'exec > >(tee /var/log/x; a) 2>&1', 'a; exec > >(tee /var/log/x) 2>&1', 'exec > >(tee /var/log/x) 2>&1; a'].map(commands).join(' ')].join(' // ')} → "b"145-146 // line 1: a construct of the shell that is not followed here line 1: a construct of the shell that is not followed here line 1: a construct of the shell that is not followed here line 1: a construct of the shell that is not followed here
  `;
});

describe('a part for cloud-init', () => {
  reads`
    a script by its first line: ${part('', ' \n#!/bin/bash -ex\nx')} → script " \\n#!/bin/bash -ex\\nx"
    a script by its type: ${part('text/x-shellscript', 'x')} → script "x"
    a script a boot: ${part('text/x-shellscript-per-boot', '#! /usr/bin/env bash\n')} → script "#! /usr/bin/env bash\\n"
    a script of Python: ${part('text/x-shellscript', '#!/usr/bin/python3\n')} → a script that is none of a shell
    a shell with other options: ${part('', '#!/bin/sh -c\n')} → a script that is none of a shell
    plain text: ${part('text/plain', 'x')} → ignored
    plain text that is a script: ${part('text/plain', '#!/bin/dash\n')} → script "#!/bin/dash\\n"
    another type: ${part('image/png', '#!/bin/sh\n')} → ignored
    bytes: ${part('application/octet-stream', 'x')} → bytes of an unknown kind
    a job: ${part('text/x-not-multipart', '#upstart-job\n')} → a job
    an archive: ${part('', '#Cloud-Config-Archive\n')} → an archive of parts
    a patch: ${part('', '#cloud-config-jsonp\n')} → a patch of cloud-config
    an include: ${part('', '#include-once\n')} → an include of another address
    a program that handles parts: ${part('', '#part-handler\n')} → a part handler, which is a program
    a template: ${part('', '## template: jinja\n')} → a template
    base64: ${part('text/x-shellscript', btoa('#!/bin/sh\n'))} → script "#!/bin/sh\\n"
    a broken gzip: ${part('text/x-shellscript', '\u001f\u008bx')} → bytes that cannot be unpacked
    harmless keys: ${part('text/cloud-config', 'hostname: x\ntimezone: y\nlocale: z\nssh_pwauth: a\nspec: {}\nkind: b')} → config []
    other keys: ${part('', '#cloud-config\nfqdn: x\nruncmd: []\nbootcmd: []\n')} → config [runcmd,bootcmd]
    no keys: ${part('text/cloud-config', '# x\n')} → ignored
    a list: ${part('text/cloud-config', '- a\n')} → cloud-config that is no map
    no YAML: ${part('text/cloud-config', 'a: "\n')} → cloud-config that cannot be read
    parts: ${part('multipart/mixed', '--"B\\ \n\n#!/bin/sh\n--"B\\\nContent-Type: text/part-handler\n\nx\n--"B\\--\n')} → (script "#!/bin/sh" a part handler, which is a program)
    no parts: ${part('multipart/mixed', 'x')} → a nested multipart that cannot be read
    parts without an end: ${part('multipart/mixed', '--B\n\nx')} → a nested multipart that cannot be read
    five levels: ${part('multipart/x', nested(5))} → (((((a nested multipart that cannot be read)))))
    six levels: ${part('multipart/x', nested(6))} → ((((((parts in parts in parts))))))
    scripts by their types: ${['x-shellscript-per-instance', 'x-shellscript-per-once', 'cloud-boothook'].map((type) => part(`text/${type}`, 'x')).join(' ')} → script "x" script "x" script "x"
    other types: ${['part-handler', 'x-include-url', 'x-include-once-url', 'jinja2', 'upstart-job', 'cloud-config-archive', 'cloud-config-jsonp', 'part-handlers'].map((type) => part(`text/${type}`, 'x')).join('; ')} → a part handler, which is a program; an include of another address; an include of another address; a template; a job; an archive of parts; a patch of cloud-config; ignored
    beginnings: ${['#include', '#include x', '#cloud-boothook', '## template:jinja', '#!/bin/bash', '#upstart-jobs', ' # include'].map((text) => part('', text)).join('; ')} → an include of another address; an include of another address; script "#cloud-boothook"; ignored; script "#!/bin/bash"; a job; ignored
    shells: ${['#!  /bin/dash -e -x  ', '#!/usr/bin/bash -eux', '#! /usr/bin/env sh', '#!/bin/env bash\t-e'].map((text) => part('', text)).join(' ')} → script "#!  /bin/dash -e -x  " script "#!/usr/bin/bash -eux" script "#! /usr/bin/env sh" script "#!/bin/env bash\\t-e"
    other programs: ${['#!/bin/zsh', '#!/opt/bin/sh', '#!/usr/local/bin/sh', '#!/bin/sh.x', '#!/bin/sh -ex -k', '#!/bin/bash -e x', '#!/bin/my-sh'].map((text) => part('', text)).join('; ')} → a script that is none of a shell; a script that is none of a shell; a script that is none of a shell; a script that is none of a shell; a script that is none of a shell; a script that is none of a shell; a script that is none of a shell
    what only the deployment knows: ${['${NOT_YET_KNOWN}', '\n ${NOT_YET_KNOWN} x', 'x ${NOT_YET_KNOWN}'].map((text) => part('text/plain', text)).join('; ')} → a text that only the deployment knows; a text that only the deployment knows; ignored
    encoded parts of Windows: ${[part('multipart/x', '--B \t\r\n\r\n#!/bin/sh\r\n--B--\r\n'), part('', gzipSync('#!/bin/sh\n').toString('base64'))].join(' // ')} → (script "#!/bin/sh") // script "#!/bin/sh\\n"
  `;
});

it('keys of cloud-config are harmless by their whole name', () => {
  const keys =
    'hostname fqdn prefer_fqdn_over_hostname preserve_hostname manage_etc_hosts timezone locale ssh_authorized_keys ssh_pwauth disable_root growpart resize_rootfs final_message output apiVersion kind metadata spec'.split(
      ' ',
    );
  const config = (names: readonly string[]) =>
    part('', `#cloud-config\n${names.map((name) => `${name}: x\n`).join('')}`);
  const others = keys.flatMap((key) => [`${key}s`, `x${key}`]);
  expect(config([...keys, ...others])).toBe(`config [${others.join()}]`);
});

/** The commands of these that are not known to be harmless. */
const harmful = (lines: readonly string[]): readonly string[] =>
  lines.filter((line) => {
    const read = shellCommands(line);
    return !read.ok || !read.value.every(isHarmless);
  });

it('commands are harmless where they certainly leave the kubelet alone', () => {
  const [harmless, not] = [
    'echo $X > /tmp/x | touch /tmp/a..b | AB_1=2 | sysctl net.a= | A=1 B=2 date | sudo A=1 echo x | chmod -R 1 /tmp/x /mnt/y | set | > /dev/null | printf %s $X | true; : | sleep 1 | sudo date | A=1 B=2 | set -euo pipefail | set +x errexit | export A=1 B=2 | export | sysctl -w net.a.b=1 | sysctl -p /etc/sysctl.d/x | sysctl --system -q vm.max_map_count=262144 | systemctl restart containerd | systemctl enable --now sshd docker.service | systemctl daemon-reload | systemctl is-active kubelet | systemctl status chronyd | mkdir -p /mnt/x /data/y | chown -R 1:1 /mnt/x | chmod 700 /var/log/x | touch /etc/motd | tee /etc/security/limits.d/x | rmdir /tmp/x | uname | cat /etc/kubernetes/x',
    'echo > /etc/x | echo > $X | echo > /tmp/../x | echo > /tmp/x > /etc/x | $X | printf -v A x | printf | PATH=/x | A=1 LD_PRELOAD=/x | A=$X | set -k | set $X | export HOME=/ | export $X | export IFS=x | sysctl user.x=1 | sysctl $X | sysctl -p /etc/x | sysctl net.a.b=1,2 | systemctl stop containerd | systemctl start x | systemctl start | systemctl daemon-reload x | systemctl restart $X | systemctl $X | mkdir /etc/x | mkdir -p | mkdir /tmp/x $X | chown 1:1 /etc/x | chown /tmp/x | chmod 700 | rm /tmp/x | mv /tmp/x /tmp/y | echos | sudo reboot | BASH_ENV=/x | ENV=/x | PERL5LIB=/x | tee /tmpx | sudo | 1A=2 | touch /tmp/x /etc/x | tee -a | systemctl --now | systemctl restart kubelet x | systemctl daemon-reload kubelet | echo > /dev/null/../x | set -e x | sysctl -w x | sysctl net=1 | printf $X | A=1 reboot | A=1 B=2 $X | A=1 PATH=/x date | sudo A=1 reboot',
  ].map((each) => each.split(' | '));
  expect(harmful(harmless ?? [])).toEqual([]);
  expect(harmful(not ?? [])).toEqual(not);
});

it.each<[string, (word: string) => string, string]>([
  [
    'programs that print',
    (word) => `${word} a`,
    'echo printf true : sleep date uptime whoami id uname cat logger wait',
  ],
  ['programs that take paths', (word) => `${word} /tmp/x`, 'mkdir touch tee rmdir'],
  ['programs that take a mode', (word) => `${word} 1 /tmp/x`, 'chown chmod'],
  ['folders', (word) => `echo > ${word}/x`, '/mnt /tmp /data /var/log /etc/sysctl.d /etc/security/limits.d'],
  ['files', (word) => `echo > ${word}`, '/dev/null /dev/console /dev/stdout /dev/stderr /etc/motd /dev/kmsg'],
  ['words of set', (word) => `set ${word}`, '-e +euxo pipefail errexit nounset xtrace'],
  ['options of sysctl', (word) => `sysctl ${word}`, '-w -q -p --system'],
  ['groups of sysctl', (word) => `sysctl ${word}.a-b_1="4 -1.5"`, 'net vm fs kernel'],
  ['verbs of systemctl', (word) => `systemctl ${word} kubelet`, 'restart start enable status is-active'],
  [
    'services',
    (word) => `systemctl restart ${word}`,
    'kubelet kubelet.service containerd containerd.service docker docker.service sshd chronyd amazon-ssm-agent amazon-ssm-agent.service',
  ],
])('%s are harmless by their whole name', (_, command, list) => {
  const words = list.split(' ');
  const others = words.flatMap((word) => [command(`${word}Z`), command(`Z${word}`)]);
  expect(harmful(words.map(command))).toEqual([]);
  expect(harmful(others)).toEqual(others);
});

it('variables that change later commands are harmful, and no other ones', () => {
  const whole = ['ENV', 'IFS', 'HOME'];
  const begun = ['PATH', 'LD_X', 'BASH_X', 'SHELLOPTS', 'PS4', 'PYTHONPATH', 'PERL5LIB', 'GCONV_PATH'];
  const all = [...whole, ...begun].flatMap((name) => [
    `${name}=1`,
    `A=1 ${name}=1`,
    `export ${name}`,
    `export ${name}+=1`,
  ]);
  expect(harmful(all)).toEqual(all);
  expect(
    harmful([...whole.map((name) => `${name}_X=1`), ...[...whole, ...begun].map((name) => `A_${name}=1`)]),
  ).toEqual([]);
});
