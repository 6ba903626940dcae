import { it } from 'vitest';
import { type ListingRow, listingRows } from '../../../../../lambda/core/read/kubelet/command-line/listing-rows.ts';
import { expectReviewed } from '../reviewed-rows.ts';

/** `break` for what ends a listing; else its text, and with its widths what an empty row before it and a blank behind it change. */
const said = ({ text, widths, afterGap, isBreak, endsInBlank }: ListingRow): string =>
  isBreak
    ? 'break'
    : `${afterGap ? 'gap, ' : ''}${JSON.stringify(text)} ${widths.join(' ')}${endsInBlank ? ', blank' : ''}`;

// Prompts, fences, marks, colours, odd signs, widths and gaps, with near misses of each.
it('finds in each text the rows that were reviewed', async () => {
  const rowsOf = (text: string) => listingRows(text).map(said).join('; ');
  await expectReviewed(new URL('listing-rows.txt', import.meta.url), rowsOf);
});
