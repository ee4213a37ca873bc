enum AdminHelp {
    static let text = """
        Looks into a store and brings back what failed.

        resilience-admin COMMAND --store FILE [options]
          failed list --queue NAME [--status S] [--code C] [--context X] [--since HOURS] [--limit N] [--skip N]
          failed show ID --queue NAME        one, with its attempts, notes and trail
          failed retry ID --queue NAME       back to its queue, under the same key; what may have taken effect is
                                             found out first. --force: also what does not pass by itself.
                                             --known-not-applied: you made sure that it had no effect
          failed move ID --to STATUS --queue NAME
          failed cancel ID --queue NAME      never again
          failed recover ID --proof TEXT --queue NAME
                                             it was done elsewhere; this shows it
          failed note ID --note TEXT --queue NAME
          failed statistics --queue NAME [--since HOURS]
          queue --queue NAME                 how many wait, are tried again, are done, failed, parked
          sagas list --saga NAME [--status S]
          sagas show ID --saga NAME          one, with its steps and its trail
          sagas retry ID STEP --saga NAME    a step that needs a person is tried again
          sagas skip ID STEP --saga NAME     it is left as it is, and the saga goes on
          sagas cancel ID --saga NAME        before its pivot: what was done is undone
          providers list --router NAME       their health, what they failed with, what is preferred
          providers explain --router NAME    whom a router would call, and why, by its log
          providers set --router NAME        [--preferred P|auto] [--fallback on|off] [--min-success-rate R]
                                             [--max-response-ms N] [--attempts N] [--delay-ms N]
          holds --desk NAME                  the holds and bookings that are recorded
          audit SUBJECT --trail NAME         who did what: the trail failed.QUEUE, saga.NAME, or one of your
                                             own
          health                             whether the store answers

          --by WHO    for the trail (default: $USER)     --note TEXT   why
          --yes       does not ask before what cannot be undone
          --json      one object on one line

        Exit status: 0 done; 1 refused, with the reason; 64 wrong command line; 66 no such file or record;
        70 the store failed.
        """
}
