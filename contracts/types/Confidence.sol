// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What an answer reads as. Computed from stored facts and the clock; nobody has to call anything for time to
/// pass.
enum AnswerStatus {
    Unknown, // not anchored, or void
    Pending, // may be contested, or published in time
    Expired, // its time ran out without publication, or locked short; never final
    Recalled, // its key was reported or its operator tombstoned before it was final; stays contestable
    Undecided, // contested, and nobody could say
    Contested, // a case or game is open
    Overturned, // wrong; the lock was paid out
    Final // published, its time is over, nothing open
}

/// @notice Checks that were performed on an answer and recorded, as a bit mask (not those that are possible).
library Methods {
    /// @notice Request and output stood on chain and match their hashes.
    uint8 internal constant SEEN = 1;
    /// @notice The model's proof verifier accepted a proof.
    uint8 internal constant PROVEN = 2;
    /// @notice A court case upheld it.
    uint8 internal constant COURT_UPHELD = 4;
}

/// @notice How sure an answer is, as numbers a contract can act on.
struct Confidence {
    AnswerStatus status;
    uint8 methods; // see `Methods`
    uint96 backed; // coverage that stood behind the answer in its window, rounded down
    uint96 payableNow; // coverage still locked for the beneficiary
    uint40 publishedAt; // 0: not published
    uint40 finalAt; // end of the time to contest; 0: not published
}
