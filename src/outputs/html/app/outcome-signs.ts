// How a transaction ended, by a sign.

export const OUTCOME_SIGNS = { committed: '✓', 'rolled back': '↶', 'left open': '✖' } as const;
