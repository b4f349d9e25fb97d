// Where in the page one is: everything that can be shown has a link, and the link is all there is of it.

/** The lists, and what can be opened from them. */
export const VIEWS = ['findings', 'requests', 'labels', 'shapes', 'run'] as const;
export type View = (typeof VIEWS)[number];
export type Subject = 'finding' | 'request' | 'shape' | 'detector';

const VIEW_OF: Readonly<Record<Subject, View>> = {
  finding: 'findings',
  request: 'requests',
  shape: 'shapes',
  detector: 'findings',
};

export interface Place {
  view: View;
  /** What is open in it. */
  open: { subject: Subject; id: string } | null;
  /** The filter, as it was typed. */
  filter: string;
  /** Column that is sorted by; a minus in front turns it round. */
  sort: string;
  /** How a request's statements are listed. */
  list: 'by shape' | 'in order';
  theme: 'light' | 'dark' | null;
}

export const START: Place = { view: 'findings', open: null, filter: '', sort: '', list: 'by shape', theme: null };

/** `#finding-1a2b?filter=route%3A%2Fchats`; what cannot be read is the start. */
export function placeIn(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#/, '').split('?', 2) as [string?, string?];
  const parameters = new URLSearchParams(query);
  const theme = parameters.get('theme');
  return {
    ...pathOf(path),
    filter: parameters.get('filter') ?? '',
    sort: parameters.get('sort') ?? '',
    list: parameters.get('list') === 'in order' ? 'in order' : 'by shape',
    theme: theme === 'light' || theme === 'dark' ? theme : null,
  };
}

function pathOf(path: string): Pick<Place, 'view' | 'open'> {
  const view = VIEWS.find((each) => each === path);
  if (view !== undefined) return { view, open: null };
  const [, subject, id] = /^(finding|request|shape|detector)-(.+)$/.exec(path) ?? [];
  if (subject === undefined || id === undefined) return { view: START.view, open: null };
  return { view: VIEW_OF[subject as Subject], open: { subject: subject as Subject, id } };
}

export function hashOf({ view, open, filter, sort, list, theme }: Place): string {
  const parameters = new URLSearchParams();
  if (filter !== '') parameters.set('filter', filter);
  if (sort !== '') parameters.set('sort', sort);
  if (list !== START.list) parameters.set('list', list);
  if (theme !== null) parameters.set('theme', theme);
  const query = parameters.toString();
  return `#${open === null ? view : `${open.subject}-${open.id}`}${query === '' ? '' : `?${query}`}`;
}
