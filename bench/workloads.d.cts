// The workloads to those who are compiled.

interface Database {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
}

export declare const STATEMENTS: number;
export declare const workloads: Record<'story' | 'shapes', (db: Database) => Promise<unknown>>;
