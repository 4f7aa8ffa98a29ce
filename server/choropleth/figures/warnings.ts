import type { AnswerWarning } from '../classes/classes.ts';
import type { ChoroplethRequest } from '../request/params.ts';
import type { RegionValue } from './values.ts';

/** What a reader should know of the values, whatever their classes. */
export function valueWarnings(
  { metric, normalize, change }: ChoroplethRequest,
  values: readonly RegionValue[],
): AnswerWarning[] {
  const warnings: AnswerWarning[] = [];
  if (metric.kind === 'sum' && (!change || change.kind === 'abs')) {
    warnings.push({
      code: 'count_not_normalized',
      message:
        'A count mostly shows where many live: normalize=area, share or per:<column>, or a ratio, compares regions of different size.',
    });
  }
  if (normalize?.by === 'share' && values.some(({ status }) => status === 'suppressed')) {
    warnings.push({
      code: 'share_of_shown',
      message: 'Shares are of the total of the regions that are shown.',
    });
  }
  return warnings;
}
