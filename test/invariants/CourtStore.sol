// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";

import { ICourt } from "../../contracts/court/ICourt.sol";
import { IDisputeManager } from "../../contracts/disputes/IDisputeManager.sol";
import { Ruling } from "../../contracts/types/Ruling.sol";
import { Store } from "./Store.sol";

/// @notice What court and disputes should know, computed from the rules of the fast config: where a case stands, who weighs
/// what, what each ballot and each party is owed.
abstract contract CourtStore is Store {
    uint256 internal constant ROUNDS = 3;
    uint256 internal constant PARTS = 2 ** 31;

    struct Trial {
        IDisputeManager.CaseState state;
        address opener;
        uint256 bond;
        uint256 openedAt;
        uint256 total;
        uint256 round;
        Ruling[3] asked;
        bool ended; // by proof
        ICourt.Phase endedIn;
    }

    struct Sitting {
        uint256 startedAt; // of a round after the first
        uint256 ticket;
        uint256 seededAt; // 0: not seeded
        bytes32 seed;
        uint256 committed;
        uint256[4] revealed; // by choice
        uint256 paid; // to its jurors
    }

    struct Vote {
        uint256 signed; // the case
        uint256 round;
        address voter;
        uint256 weight;
        uint256 risk;
        uint8 choice; // that was committed
        bytes32 salt;
        bool revealed;
        bool settled;
    }

    struct Fund {
        uint256 raised;
        uint256 payout;
        bool funded;
    }

    struct Contribution {
        uint256 signed;
        uint256 round;
        Ruling asked;
        address contributor;
        uint256 amount;
    }

    /// @dev What a case that is over leaves to whom.
    struct Estate {
        uint256[3] payouts;
        uint256 toOperator;
        uint256 toReserve;
        uint256 fees; // out of the penalty
        uint256 bounty;
    }

    mapping(uint256 signed => Trial) internal _trials;
    mapping(uint256 signed => mapping(uint256 round => Sitting)) internal _sittings;
    mapping(uint256 signed => mapping(uint256 round => mapping(address voter => uint256))) internal _voteAt; // index + 1
    mapping(uint256 signed => mapping(uint256 round => mapping(Ruling asked => Fund))) internal _funds;
    mapping(bytes32 contribution => uint256) internal _contributionAt; // index + 1
    mapping(address account => address) internal _votingKeys;
    mapping(uint256 signed => mapping(address voter => uint256)) internal _sampledWeights; // + 1, of the current round
    mapping(uint256 signed => uint256) internal _finalRulings; // + 1
    uint256[] internal _trialIds;
    Vote[] internal _ballots;
    Contribution[] internal _contributions;

    /* THE FAST CONFIG */

    function _seatsIn(uint256 round) internal pure returns (uint256) {
        return
            round == 0
                ? 7
                : round == 1
                    ? 31
                    : 0;
    }

    function _feeIn(uint256 round) internal pure returns (uint256) {
        return
            round == 0
                ? 2.1e18
                : round == 1
                    ? 9.3e18
                    : 60e18;
    }

    function _windowsIn(uint256 round) internal pure returns (uint256 voting, uint256 opening, uint256 appealing) {
        if (round == 0) return (45 minutes, 1 hours, 36 hours);
        if (round == 1) return (2 hours, 1 hours, 36 hours);
        return (24 hours, 24 hours, 0);
    }

    /// @dev A tenth of the lock, between the fee of the second round and twenty of the first.
    function _bondFor(uint256 i) internal view returns (uint256) {
        uint256 share = Math.ceilDiv(_lockUp(_signed[i].receipt.coverage, _signed[i].model), 10);
        return Math.max(Math.min(share, 42e18), _feeIn(1));
    }

    function _appealPrice(uint256 i, uint256 round) internal view returns (uint256) {
        return _trials[i].bond * 2 ** round + _feeIn(round);
    }

    /* WHERE A CASE STANDS */

    function _phaseOf(uint256 i) internal view returns (ICourt.Phase, uint256) {
        Trial storage t = _trials[i];
        if (t.openedAt == 0) return (ICourt.Phase.None, 0);
        if (t.ended) return (ICourt.Phase.Ended, 0);
        Sitting storage s = _sittings[i][t.round];
        uint256 end = t.round == 0 ? t.openedAt + 1 hours : s.startedAt;
        if (block.timestamp < end) return (ICourt.Phase.Evidence, end);
        if (s.seededAt != 0) {
            end = s.seededAt;
        } else if (_seatsIn(t.round) > 0) {
            end += 2 hours;
            if (block.timestamp < end) return (ICourt.Phase.Seeding, end);
        }
        (uint256 voting, uint256 opening, uint256 appealing) = _windowsIn(t.round);
        if (block.timestamp < end + voting) return (ICourt.Phase.Commit, end + voting);
        end += voting + opening;
        if (block.timestamp < end) return (ICourt.Phase.Reveal, end);
        if (block.timestamp < end + appealing) return (ICourt.Phase.Appeal, end + appealing);
        return (ICourt.Phase.Final, 0);
    }

    function _isIn(uint256 i, ICourt.Phase expected) internal view returns (bool) {
        (ICourt.Phase phase, ) = _phaseOf(i);
        return phase == expected;
    }

    function _isOver(uint256 i) internal view returns (bool) {
        return _isIn(i, ICourt.Phase.Final) || _isIn(i, ICourt.Phase.Ended);
    }

    /// @dev Whether the appeal to this round can still be funded.
    function _isAppealable(uint256 i, uint256 round) internal view returns (bool) {
        return !_isOver(i) && _trials[i].round < round && round < ROUNDS;
    }

    /* RULINGS */

    function _revealedIn(uint256 i, uint256 round) internal view returns (uint256) {
        uint256[4] storage revealed = _sittings[i][round].revealed;
        return revealed[1] + revealed[2] + revealed[3];
    }

    /// @dev A third of a panel's seats, or a fifth of all votes behind one choice.
    function _quorate(uint256 i, uint256 round) internal view returns (bool) {
        if (_seatsIn(round) > 0) return 3 * _revealedIn(i, round) >= _seatsIn(round);
        for (uint256 choice = 1; choice <= 3; ++choice) {
            if (5 * _sittings[i][round].revealed[choice] >= PARTS) return true;
        }
        return false;
    }

    /// @dev The choice with more weight than each other; 0 for none.
    function _winnerOf(uint256 i, uint256 round) private view returns (uint256 winner) {
        if (!_quorate(i, round)) return 0;
        uint256[4] storage revealed = _sittings[i][round].revealed;
        for (uint256 choice = 1; choice <= 3; ++choice) {
            bool best = true;
            for (uint256 other = 1; other <= 3; ++other) {
                if (other != choice && revealed[other] >= revealed[choice]) best = false;
            }
            if (best) winner = choice;
        }
    }

    function _rulingAfter(uint256 i, uint256 round) internal view returns (Ruling ruling) {
        for (uint256 r = 0; r <= round; ++r) {
            uint256 winner = _winnerOf(i, r);
            if (winner != 0) ruling = _rulingFor(winner);
        }
    }

    function _rulingFor(uint256 choice) internal pure returns (Ruling) {
        return
            choice == 1
                ? Ruling.Overturned
                : choice == 2
                    ? Ruling.Upheld
                    : Ruling.Undecided;
    }

    function _ruling(uint256 i) internal view returns (Ruling) {
        return _rulingAfter(i, _trials[i].round);
    }

    /* WEIGHTS */

    /// @dev Seats by the lot of `voter`, or its share of the total; what the ballot risks.
    function _weightFor(uint256 i, address voter) internal view returns (uint256 weight, uint256 risk) {
        Trial storage t = _trials[i];
        uint256 votes = protocol.vault.getPastVotes(voter, t.openedAt - 7 days);
        if (_seatsIn(t.round) == 0) {
            weight = (votes * PARTS) / t.total;
            return (weight, weight == 0 ? 0 : Math.ceilDiv(votes * 2, 100));
        }
        Sitting storage s = _sittings[i][t.round];
        if (s.seededAt == 0) return (0, 0);
        uint256 expected = votes * _seatsIn(t.round);
        uint256 lot = uint256(keccak256(abi.encode(s.seed, _signed[i].id, t.round, voter))) % t.total;
        weight = expected / t.total + (lot < expected % t.total ? 1 : 0);
        risk = weight * 3e18;
    }

    /// @dev Everything an account has may back votes, but what is locked already.
    function _courtLockable(address account) internal view returns (uint256) {
        address court = address(protocol.court);
        if (!_optedIn(account, court)) return 0;
        Stake storage a = _ledger[account];
        uint256 backing = a.active + (block.timestamp < a.maturesAt ? a.unbonding : 0);
        uint256 leafLocks = protocol.vault.lockedBy(address(protocol.attestations), account);
        return Math.saturatingSub(backing, _otherLocks(account) + leafLocks);
    }

    /* THE MONEY OF JURORS */

    function _early(uint256 i, uint256 round) private view returns (bool) {
        return _trials[i].ended && _trials[i].round == round && _trials[i].endedIn < ICourt.Phase.Reveal;
    }

    /// @dev What the jurors of a round share, by which weight; the rest of its fee goes back.
    function _feesOf(uint256 i, uint256 round) internal view returns (uint256 share, uint256 sharers) {
        share = _feeIn(round);
        Ruling ruling = _ruling(i);
        if (_early(i, round)) (share, sharers) = (share / 2, _sittings[i][round].committed);
        else if (_trials[i].ended) sharers = _revealedIn(i, round);
        else if (!_quorate(i, round)) sharers = 0;
        else if (ruling == Ruling.Undecided) (share, sharers) = (share / 2, _revealedIn(i, round));
        else sharers = _sittings[i][round].revealed[ruling == Ruling.Overturned ? 1 : 2];
        if (sharers == 0) share = 0;
    }

    /// @dev What a ballot is paid and what it loses when the case is over.
    function _dueTo(Vote storage v) internal view returns (uint256 paid, uint256 forfeited) {
        Ruling ruling = _ruling(v.signed);
        bool ended = _trials[v.signed].ended;
        bool undecided = !ended && ruling == Ruling.Undecided;
        bool right = v.revealed && (ended || undecided || _rulingFor(v.choice) == ruling);
        if (right || _early(v.signed, v.round)) {
            (uint256 share, uint256 sharers) = _feesOf(v.signed, v.round);
            if (sharers > 0) paid = (share * v.weight) / sharers;
        }
        if (ended || right) return (paid, 0);
        forfeited = v.revealed ? Math.ceilDiv(v.risk, 2) : v.risk;
    }

    /// @dev What the court must have: fees of cases it has not accounted for, and shares of ballots that are not settled.
    function _courtOwes() internal view returns (uint256 owed) {
        for (uint256 n = 0; n < _trialIds.length; ++n) {
            uint256 i = _trialIds[n];
            if (_trials[i].state == IDisputeManager.CaseState.Settled) continue;
            for (uint256 r = 0; r <= _trials[i].round; ++r) owed += _feeIn(r) - _sittings[i][r].paid;
        }
        for (uint256 n = 0; n < _ballots.length; ++n) {
            Vote storage v = _ballots[n];
            if (v.settled || _trials[v.signed].state != IDisputeManager.CaseState.Settled) continue;
            (uint256 paid, ) = _dueTo(v);
            owed += paid;
        }
    }

    /// @dev Risk of an account's ballots that are not settled.
    function _atRisk(address account) internal view returns (uint256 risk) {
        for (uint256 n = 0; n < _ballots.length; ++n) {
            if (_ballots[n].voter == account && !_ballots[n].settled) risk += _ballots[n].risk;
        }
    }

    /* THE MONEY OF PARTIES */

    /// @dev What DisputeManager must have: bonds of open cases, contributions, and payouts of pools.
    function _disputesOwe() internal view returns (uint256 owed) {
        for (uint256 n = 0; n < _trialIds.length; ++n) {
            Trial storage t = _trials[_trialIds[n]];
            bool open = t.state == IDisputeManager.CaseState.Open;
            for (uint256 r = 0; r <= t.round && open; ++r) owed += t.bond * 2 ** r;
            for (uint256 r = 1; r < ROUNDS; ++r) {
                for (uint256 asked = 0; asked < 3; ++asked) {
                    Fund storage f = _funds[_trialIds[n]][r][Ruling(asked)];
                    owed += f.funded ? f.payout : f.raised;
                }
            }
        }
    }

    function _penaltyOf(uint256 i) internal view returns (uint256) {
        return _answers[i].locked - _coverageOf(_answers[i].locked, _signed[i].model);
    }

    /// @dev The last round that changed a ruling somebody had made.
    function _turnedIn(uint256 i) private view returns (uint256 turned) {
        for (uint256 r = 1; r <= _trials[i].round; ++r) {
            Ruling before = _rulingAfter(i, r - 1);
            if (before != Ruling.Undecided && _rulingAfter(i, r) != before) turned = r;
        }
    }

    /// @dev After 40 % to the reserve: `owed` fees, then a bounty of at most half the penalty.
    function _fromPenalty(uint256 penalty, uint256 owed) internal pure returns (uint256 fees, uint256 bounty) {
        uint256 left = penalty - Math.ceilDiv(penalty * 2, 5);
        fees = Math.min(left, owed);
        bounty = Math.min(left - fees, penalty / 2);
    }

    /// @dev Losers' bonds pay winners' fees, the penalty the rest; `made whole` if nobody lost.
    function _divide(uint256 i) internal view returns (Estate memory e) {
        Trial storage t = _trials[i];
        Ruling ruling = _ruling(i);
        (uint256 lost, uint256 spent) = (0, 0);
        bool[3] memory won;
        for (uint256 r = 0; r <= t.round; ++r) {
            won[r] = t.ended || ruling == Ruling.Undecided || t.asked[r] == ruling;
            if (!won[r]) lost += t.bond * 2 ** r;
            else if (t.ended || ruling != Ruling.Undecided) spent += _spentIn(i, r);
        }
        uint256 paid = Math.min(lost, spent);
        if (t.ended || ruling == Ruling.Overturned) (e.fees, e.bounty) = _fromPenalty(_penaltyOf(i), spent - paid);
        else e.toOperator = (lost - paid) / 2;
        e.toReserve = lost - paid - e.toOperator;
        paid += e.fees;
        e.toReserve += paid;
        for (uint256 r = 0; r <= t.round; ++r) {
            e.payouts[r] = _feeIn(r) - _spentIn(i, r) + (won[r] ? t.bond * 2 ** r : 0);
            if (!won[r] || spent == 0) continue;
            uint256 compensation = (paid * _spentIn(i, r)) / spent;
            e.payouts[r] += compensation;
            e.toReserve -= compensation;
        }
        if (t.ended) return e;
        uint256 turned = _turnedIn(i);
        bool turning = turned > 0 && t.asked[turned] == ruling;
        uint256 share = turning ? Math.min(e.bounty, _feeIn(turned - 1)) / 2 : 0;
        e.payouts[turned] += share;
        e.payouts[0] += e.bounty - share;
    }

    /// @dev What of the fee of a round does not come back.
    function _spentIn(uint256 i, uint256 round) internal view returns (uint256 share) {
        (share, ) = _feesOf(i, round);
    }
}
