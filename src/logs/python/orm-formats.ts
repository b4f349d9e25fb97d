// The logs in which Python's ORMs write what they send.

import { logFormat } from '../log-format.js';
import { BACKEND_LINE, djangoLog } from './django-log.js';
import { ENGINE_LINE, sqlAlchemyLog } from './sqlalchemy-log.js';

export const sqlalchemy = logFormat({
  name: 'sqlalchemy',
  title: "SQLAlchemy's engine log",
  isOf: (lines) => lines.some((line) => ENGINE_LINE.test(line)),
  reader: sqlAlchemyLog,
});

export const django = logFormat({
  name: 'django',
  title: "Django's django.db.backends log",
  isOf: (lines) => lines.some((line) => BACKEND_LINE.test(line)),
  reader: djangoLog,
});
