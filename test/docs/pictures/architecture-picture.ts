import type { Theme } from './terminal-picture.ts';

const palettes = {
  light: {
    page: '#ffffff',
    frame: '#d0d7de',
    text: '#1f2328',
    dim: '#59636e',
    box: '#f6f8fa',
    own: '#ddf4ff',
    line: '#656d76',
  },
  dark: {
    page: '#0d1117',
    frame: '#3d444d',
    text: '#f0f6fc',
    dim: '#9198a1',
    box: '#151b23',
    own: '#121d2f',
    line: '#8b949e',
  },
} as const;

interface Box {
  readonly at: readonly [x: number, y: number];
  readonly size: readonly [width: number, height: number];
  readonly title: string;
  readonly lines: readonly string[];
  /** Made by this project; the others are AWS or the cluster. */
  readonly own?: true;
}

interface Arrow {
  /** As SVG has them: `x,y x,y …` */
  readonly points: string;
  readonly label?: { readonly text: string; readonly at: readonly [x: number, y: number] };
}

const size = [880, 430] as const;

const boxes: readonly Box[] = [
  { at: [20, 30], size: [180, 62], title: 'EventBridge Scheduler', lines: ['every day, by default'] },
  {
    at: [20, 140],
    size: [180, 86],
    title: 'Step Functions',
    lines: ['discover accounts, Regions,', 'clusters; then a map over', 'them; then a summary'],
    own: true,
  },
  { at: [20, 274], size: [180, 62], title: 'A terminal', lines: ['the same steps', 'in one process'], own: true },
  {
    at: [270, 140],
    size: [190, 86],
    title: 'Lambda, one a cluster',
    lines: ['with the member role of', 'the account: list, read,', 'judge, publish'],
    own: true,
  },
  { at: [600, 20], size: [260, 62], title: 'EC2 and SSM', lines: ['which machines are really the cluster’s'] },
  { at: [600, 100], size: [260, 62], title: 'API server', lines: ['list nodes; configz of each kubelet'] },
  { at: [600, 180], size: [260, 62], title: 'The kubelets’ own port', lines: ['configz, or the TLS handshake alone'] },
  { at: [600, 260], size: [260, 62], title: 'SSM document', lines: ['arguments and files, no parameters'] },
  { at: [270, 340], size: [190, 70], title: 'Security Hub', lines: ['of each account: only', 'what has changed'] },
  { at: [490, 340], size: [170, 70], title: 'S3', lines: ['results, evidence,', 'summary'] },
  { at: [690, 340], size: [170, 70], title: 'EventBridge, mail', lines: ['when a failure begins', 'or ends'] },
];

const arrows: readonly Arrow[] = [
  { points: '110,92 110,136' },
  { points: '200,183 266,183' },
  { points: '200,305 235,305 235,205 266,205' },
  { points: '460,160 530,160 530,51 596,51', label: { text: 'inventory', at: [536, 40] } },
  { points: '460,175 540,175 540,131 596,131', label: { text: '1', at: [560, 125] } },
  { points: '460,190 540,190 540,211 596,211', label: { text: 'or 1', at: [554, 205] } },
  { points: '460,205 530,205 530,291 596,291', label: { text: '2, what is left', at: [508, 310] } },
  { points: '365,226 365,336', label: { text: 'findings', at: [372, 290] } },
  { points: '420,226 420,328 575,328 575,336' },
  { points: '420,328 775,328 775,336' },
];

/** How an audit goes, drawn. */
export function architecturePicture(theme: Theme): string {
  const { page, frame, text, dim, line } = palettes[theme];
  const [width, height] = size;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    '<title>How an audit goes</title>',
    `<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="${line}"/></marker></defs>`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="${page}" stroke="${frame}"/>`,
    "<g font-family=\"-apple-system, BlinkMacSystemFont, 'Segoe UI', 'Noto Sans', Helvetica, Arial, 'DejaVu Sans', sans-serif\" font-size=\"12\">",
    ...arrows.map(
      ({ points }) =>
        `<polyline points="${points}" fill="none" stroke="${line}" stroke-width="1.3" marker-end="url(#tip)"/>`,
    ),
    ...arrows.flatMap(({ label }) =>
      label ? [`<text x="${label.at[0]}" y="${label.at[1]}" fill="${dim}">${label.text}</text>`] : [],
    ),
    ...boxes.flatMap((box) => boxOf(box, { theme, text, dim })),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

function boxOf(
  { at: [x, y], size: [width, height], title, lines, own }: Box,
  { theme, text, dim }: { readonly theme: Theme; readonly text: string; readonly dim: string },
): readonly string[] {
  const { box, own: ownBox, frame } = palettes[theme];
  const middle = x + width / 2;
  const first = y + (height - lines.length * 16) / 2 + 2;
  return [
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="6" fill="${own ? ownBox : box}" stroke="${frame}"/>`,
    `<text x="${middle}" y="${first + 2}" text-anchor="middle" font-weight="600" font-size="13" fill="${text}">${title}</text>`,
    ...lines.map(
      (line, index) =>
        `<text x="${middle}" y="${first + 19 + index * 16}" text-anchor="middle" fill="${dim}">${line}</text>`,
    ),
  ];
}
