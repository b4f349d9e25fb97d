// Lines that servers write once a request is answered (Django's runserver, gunicorn, uvicorn, werkzeug): in one log with the statements they say where
// a request ends, and which it was.

import { pathLabel } from '../../profile/path-label.js';

export interface AnsweredRequest {
  /** `GET /chats/:id`. */
  label: string;
  /** HTTP status. */
  status: number;
}

const ACCESS = /"(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (\/[^\s?"]*)[^"\s]*(?: HTTP\/\d(?:\.\d)?)?" (\d{3})\b/;

/** Null where the line is none. */
export function answeredRequest(line: string): AnsweredRequest | null {
  const match = ACCESS.exec(line);
  if (match === null) return null;
  const [, method, path, status] = match as unknown as [string, string, string, string];
  return { label: `${method} ${pathLabel(path)}`, status: Number(status) };
}
