// Which detectors a profile can be asked: what its source does not show at all is not to be guessed from what it shows.

import { categoryOf, type Detector } from '../detectors/detector.js';
import type { Profile } from '../profile/types.js';

/** What is to happen as a whole cannot be judged where nothing says which connection a statement was sent on. */
export function fittingDetectors(
  { visible }: Pick<Profile, 'visible'>,
  detectors: readonly Detector[],
): readonly Detector[] {
  return visible.connections ? detectors : detectors.filter(({ meta }) => categoryOf(meta.id) !== 'atomicity');
}
