// Which detectors a profile can be asked: what its source does not show at all is not to be guessed from what it shows.

import { categoryOf, type Detector } from '../detectors/detector.js';
import type { Profile } from '../profile/types.js';

/**
 * What is to happen as a whole cannot be judged where nothing says which connection a statement was sent on, and nothing can be judged by the clock where no
 * statement says how long it took.
 */
export function fittingDetectors(
  { visible, statements }: Pick<Profile, 'visible' | 'statements'>,
  detectors: readonly Detector[],
): readonly Detector[] {
  const isTimed = statements.some(({ durationMs }) => durationMs > 0);
  return detectors.filter(
    ({ meta }) => (visible.connections || categoryOf(meta.id) !== 'atomicity') && (isTimed || !meta.clock),
  );
}
