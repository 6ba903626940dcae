import stringWidth from 'string-width';

export type Theme = 'light' | 'dark';

/** GitHub's own colours, so that a picture lies on its page like text. */
const palettes = {
  light: { page: '#ffffff', frame: '#d0d7de', text: '#1f2328', dim: '#59636e' },
  dark: { page: '#0d1117', frame: '#3d444d', text: '#f0f6fc', dim: '#9198a1' },
} as const;
const colours: Readonly<Record<Theme, Readonly<Record<string, string>>>> = {
  light: { 31: '#cf222e', 32: '#1a7f37', 33: '#9a6700', 34: '#0969da', 35: '#8250df', 36: '#1b7c83', 90: '#59636e' },
  dark: { 31: '#ff7b72', 32: '#3fb950', 33: '#d29922', 34: '#58a6ff', 35: '#bc8cff', 36: '#39c5cf', 90: '#9198a1' },
};

const cell = { width: 7.83, height: 19, font: 13 } as const;
const margin = 16;

interface Piece {
  readonly text: string;
  readonly colour?: string;
  readonly bold: boolean;
}

/** What a program printed, escape sequences and all, as a picture of a terminal of so many columns. */
export function terminalPicture(
  output: string,
  { theme, columns }: { readonly theme: Theme; readonly columns: number },
) {
  const lines = output.trimEnd().split('\n').map(piecesOf);
  const { page, frame, text } = palettes[theme];
  const width = Math.ceil(columns * cell.width) + 2 * margin;
  const height = lines.length * cell.height + 2 * margin;

  const body = lines.flatMap((pieces, row) => lineOf(pieces, margin + (row + 0.75) * cell.height, theme));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    '<title>The program in a terminal</title>',
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="${page}" stroke="${frame}"/>`,
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${cell.font}" fill="${text}" xml:space="preserve">`,
    ...body,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

function lineOf(pieces: readonly Piece[], y: number, theme: Theme): readonly string[] {
  let column = 0;
  return pieces.flatMap(({ text, colour, bold }) => {
    const width = stringWidth(text);
    const x = margin + column * cell.width;
    column += width;
    if (text.trim() === '') return [];

    const fill = colour && colours[theme][colour] ? ` fill="${colours[theme][colour]}"` : '';
    const weight = bold ? ' font-weight="600"' : '';
    // The length holds the columns together, whatever monospaced font there is.
    const length = ` textLength="${(width * cell.width).toFixed(1)}" lengthAdjust="spacingAndGlyphs"`;
    return [`<text x="${x.toFixed(1)}" y="${y.toFixed(1)}"${fill}${weight}${length}>${escaped(text)}</text>`];
  });
}

/** A line in pieces of one style each. */
function piecesOf(line: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let style: Omit<Piece, 'text'> = { bold: false };

  for (const [index, part] of line.split(/\u001b\[([0-9;]*)m/).entries()) {
    if (index % 2 === 0) {
      if (part !== '') pieces.push({ ...style, text: part });
      continue;
    }
    for (const code of part.split(';')) style = styled(style, code);
  }
  return pieces;
}

function styled({ colour, bold }: Omit<Piece, 'text'>, code: string): Omit<Piece, 'text'> {
  switch (code) {
    case '':
    case '0':
      return { bold: false };
    case '1':
      return { bold: true, ...(colour && { colour }) };
    case '22':
      return { bold: false, ...(colour && { colour }) };
    case '39':
      return { bold };
    default:
      return { bold, colour: code };
  }
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll(' ', '\u00a0');
