import { describe, expect, it } from 'vitest';
import { hanging, wrap } from '../../../../lambda/core/model/text/wrap.ts';

const red = (text: string) => `\u001b[31m${text}\u001b[39m`;

describe('a text of a report', () => {
  it('is broken at spaces, and a word that is too long stays whole', () => {
    expect(wrap('one two /a/long/path three', 8)).toBe('one two\n/a/long/path\nthree');
  });

  it('is broken where it is without colours', () => {
    const coloured = wrap(`${red('7 fail')}, ${red('27 pass')}, more`, 20);
    expect(coloured.replaceAll(/\u001b\[\d+m/g, '')).toBe(wrap('7 fail, 27 pass, more', 20));
  });

  it('hangs below what is before it', () => {
    expect(hanging('  ! ', 'what is wrong, and a word more', 30)).toBe('  ! what is wrong, and a word more');
    expect(hanging('  ! ', 'what is wrong in many more words', 34)).toBe('  ! what is wrong in many more\n    words');
  });
});
