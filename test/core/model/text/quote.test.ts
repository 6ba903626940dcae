import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { powershellText, shellWord, tomlText } from '../../../../lambda/core/model/text/words.ts';

const text = fc.string({ unit: 'binary', maxLength: 60 }).filter((each) => !each.includes('\0') && each.isWellFormed());

describe('quoting', () => {
  it('gives a shell back what was put in', () => {
    const words = fc.array(text, { minLength: 40, maxLength: 40 });
    fc.assert(
      fc.property(words, (given) => {
        const script = `printf '%s\\0' ${given.map(shellWord).join(' ')}`;
        const printed = execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' });
        expect(printed.split('\0').slice(0, -1)).toEqual(given);
      }),
      { numRuns: 15 },
    );
  });

  it.each([
    ['Az09_./:=@,+-', 'Az09_./:=@,+-'],
    ['', "''"],
    [' a', "' a'"],
    ['a ', "'a '"],
    ['a\n', "'a\n'"],
    ['$HOME', "'$HOME'"],
    ["it's o'clock", "'it'\\''s o'\\''clock'"],
  ])('writes %j for a shell as %s, in quotes only where it must', (word, quoted) => {
    expect(shellWord(word)).toBe(quoted);
  });

  it('writes a text for PowerShell and one for TOML', () => {
    expect(powershellText("it's ‘so’ ‚here‛ $x")).toBe("'it''s ‘‘so’’ ‚‚here‛‛ $x'");
    expect(tomlText('a "b" \\ \n \u007f')).toBe('"a \\"b\\" \\\\ \\n \\u007F"');
  });

  it('leaves PowerShell no quote that ends the text', () => {
    fc.assert(
      fc.property(text, (each) => {
        const inside = powershellText(each).slice(1, -1);
        expect(inside.replaceAll(/(['‘’‚‛])\1/g, '')).not.toMatch(/['‘’‚‛]/);
      }),
    );
  });

  it('writes TOML on one line, readable as JSON', () => {
    fc.assert(
      fc.property(text, (each) => {
        expect(JSON.parse(tomlText(each))).toBe(each);
        expect(tomlText(each)).not.toMatch(/[\u0000-\u001f\u007f]/);
      }),
    );
  });
});
