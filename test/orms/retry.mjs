// What an app writes around a transaction where its library does not try again by itself.

/** Up to three attempts. */
export async function retry(transaction) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await transaction();
    } catch (error) {
      if (attempt === 3) throw error;
    }
  }
}

/** What a transaction's callback is left by, so that the library rolls it back. */
export class ChangedMind extends Error {}

/** For what rolls back because the app threw. */
export async function changingMind(transaction) {
  try {
    await transaction();
  } catch (error) {
    if (!isChangedMind(error)) throw error;
  }
}

function isChangedMind(error) {
  return (
    error instanceof ChangedMind || (error instanceof Error && error.cause !== undefined && isChangedMind(error.cause))
  );
}
