// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { EIP712 } from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";
import { SignatureChecker } from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import { IAdjudicator } from "../disputes/IAdjudicator.sol";
import { Ruling } from "../types/Ruling.sol";
import { CourtConfigs } from "./CourtConfigs.sol";
import { IConfigRules } from "./IConfigRules.sol";
import { ICourt } from "./ICourt.sol";
import { ISeedSource } from "./ISeedSource.sol";
import { Rounds } from "./Rounds.sol";

/// @title Court
/// @notice See `ICourt`, the manual of this contract.
contract Court is Rounds, IAdjudicator, EIP712 {
    /* CONSTANTS */

    bytes32 private constant COMMIT_TYPEHASH = keccak256("Credence.Commit");
    uint8 private constant MAX_CHOICE = uint8(Choice.CannotDecide);
    bytes32 private constant BALLOT_TYPEHASH = keccak256(
        "Ballot(bytes32 caseId,uint256 round,address voter,bytes32 commitHash,bytes cipher,uint40 signedAt)"
    );

    /* STORAGE */

    /// @notice Who opens and concludes cases.
    address public disputeManager;

    modifier onlyDisputes() {
        _requireDisputes();
        _;
    }

    /* DEPLOYMENT */

    /// @param authority AccessManager of the deployment.
    /// @param rules what configs must keep to; its vault is the court's.
    /// @param seedSource where panels' seeds come from.
    /// @param totalFloor votes in all count as at least this much, stake token, not 0.
    constructor(
        address authority,
        IConfigRules rules,
        ISeedSource seedSource,
        uint256 totalFloor
    ) CourtConfigs(authority, rules) Rounds(seedSource, totalFloor) EIP712("Credence", "1") {}

    /// @inheritdoc ICourt
    function seal(address disputeManager_) external restricted {
        if (disputeManager != address(0)) revert AlreadySealed();
        if (disputeManager_ == address(0)) revert ZeroAddress();
        disputeManager = disputeManager_;
    }

    /* THE CASE: DISPUTE MANAGER ONLY */

    /// @inheritdoc IAdjudicator
    function createDispute(
        bytes32 caseId,
        uint16 config,
        address opener,
        string calldata evidenceURI
    ) external onlyDisputes returns (uint256 fee, uint256 nextFee) {
        if (_cases[caseId].openedAt != 0) revert CaseKnown(caseId);
        Head memory head = _requireConfig(config);
        uint256 snapshot = _snapshot(block.timestamp);
        uint256 total = Math.max(VAULT.getPastTotalSupply(snapshot), TOTAL_FLOOR);
        Case storage c = _cases[caseId];
        (c.total, c.openedAt, c.config) = (uint128(total), uint40(block.timestamp), config);
        c.evidenceEnd = uint40(block.timestamp + head.evidence);
        emit CaseCreated(caseId, config, total, snapshot);
        emit Evidence(address(this), uint256(caseId), opener, evidenceURI);
        fee = _terms[config][0].fee;
        nextFee = head.rounds > 1 ? _terms[config][1].fee : fee;
    }

    /// @inheritdoc IAdjudicator
    function appeal(bytes32 caseId) external onlyDisputes {
        Case memory c = _cases[caseId];
        Round memory r = _rounds[caseId][c.round].word;
        RoundTerms memory terms = _terms[c.config][c.round];
        _requirePhase(caseId, c, r, terms, Phase.Appeal);
        c.standing = _rulingAfter(c.standing, r, terms);
        ++c.round;
        _cases[caseId] = c;
        _rounds[caseId][c.round].word.startedAt = uint40(block.timestamp);
        emit RoundOpened(caseId, c.round, c.standing);
    }

    /// @inheritdoc IAdjudicator
    function conclude(bytes32 caseId, bool byProof) external onlyDisputes returns (Outcome memory outcome) {
        Case memory c = _cases[caseId];
        (Phase phase, uint256 deadline) = _phaseOf(caseId, c);
        if (phase != Phase.Final) {
            if (!byProof || !_isOpen(phase)) _requireSame(caseId, phase, Phase.Final, deadline);
            c.endedIn = phase;
            _cases[caseId] = c;
            outcome.ended = true;
        }
        _account(caseId, c, outcome);
        emit CaseConcluded(caseId, outcome.ruling, outcome.ended);
    }

    /* EVIDENCE AND SEED */

    /// @inheritdoc ICourt
    function submitEvidence(bytes32 caseId, string calldata evidenceURI) external {
        Case memory c = _cases[caseId];
        (Phase phase, uint256 deadline) = _phaseOf(caseId, c);
        if (phase == Phase.None) _requireSame(caseId, phase, Phase.Evidence, deadline);
        if (phase == Phase.Evidence) emit Evidence(address(this), uint256(caseId), msg.sender, evidenceURI);
        else emit LateEvidence(address(this), uint256(caseId), msg.sender, evidenceURI);
    }

    /// @inheritdoc ICourt
    function nameSeed(bytes32 caseId) external {
        Case memory c = _cases[caseId];
        RoundState storage state = _rounds[caseId][c.round];
        Round memory r = state.word;
        RoundTerms memory terms = _terms[c.config][c.round];
        _requirePhase(caseId, c, r, terms, Phase.Seeding);
        uint48 ticket = r.ticket;
        if (ticket != 0 && !SEED_SOURCE.isLost(ticket)) revert SeedNamed(caseId, c.round, ticket);
        ticket = SEED_SOURCE.request();
        state.word.ticket = ticket;
        emit SeedRequested(caseId, c.round, ticket);
    }

    /// @inheritdoc ICourt
    function fixSeed(bytes32 caseId) external {
        Case memory c = _cases[caseId];
        RoundState storage state = _rounds[caseId][c.round];
        Round memory r = state.word;
        RoundTerms memory terms = _terms[c.config][c.round];
        _requirePhase(caseId, c, r, terms, Phase.Seeding);
        uint48 ticket = r.ticket;
        bytes32 seed = ticket == 0 ? bytes32(0) : SEED_SOURCE.seedOf(ticket);
        if (seed == 0) revert SeedUnknown(caseId, c.round, ticket);
        state.seed = seed;
        state.word.seededAt = uint40(block.timestamp);
        emit SeedFixed(caseId, c.round, seed);
    }

    /* BALLOTS */

    /// @inheritdoc ICourt
    function commit(bytes32 caseId, address voter, bytes32 commitHash, bytes calldata cipher) external {
        if (msg.sender != voter && msg.sender != VAULT.votingKeyOf(voter)) revert NotVoter(msg.sender, voter);
        _commit(caseId, voter, commitHash, cipher, uint40(block.timestamp));
    }

    /// @inheritdoc ICourt
    function commitSigned(SignedCommit calldata signed, bytes calldata signature) external {
        Case memory c = _cases[signed.caseId];
        RoundState storage state = _rounds[signed.caseId][c.round];
        _requirePhase(signed.caseId, c, state.word, _terms[c.config][c.round], Phase.Commit);
        uint256 last = state.casts[signed.voter].ballot.signedAt;
        if (signed.signedAt <= last || signed.signedAt > block.timestamp) {
            revert CommitOutdated(signed.signedAt, last, block.timestamp);
        }
        bytes32 digest = _digestOf(signed, c.round);
        if (!SignatureChecker.isValidSignatureNow(signed.voter, digest, signature)) {
            address key = VAULT.votingKeyOf(signed.voter);
            if (key == address(0) || !SignatureChecker.isValidSignatureNow(key, digest, signature)) {
                revert CommitSignatureInvalid(signed.voter);
            }
        }
        _commit(signed.caseId, signed.voter, signed.commitHash, signed.cipher, signed.signedAt);
    }

    /// @inheritdoc ICourt
    function reveal(bytes32 caseId, address voter, uint8 choice, bytes32 salt) external {
        if (choice == 0 || choice > MAX_CHOICE) revert ChoiceOutOfRange(choice, 1, MAX_CHOICE);
        Case memory c = _cases[caseId];
        RoundState storage state = _rounds[caseId][c.round];
        Round memory r = state.word;
        RoundTerms memory terms = _terms[c.config][c.round];
        _requirePhase(caseId, c, r, terms, Phase.Reveal);
        Cast storage own = state.casts[voter];
        bytes32 expected = own.commitHash;
        if (expected == 0) revert NoBallot(caseId, c.round, voter);
        bytes32 actual = commitHashOf(caseId, c.round, voter, choice, salt);
        if (actual != expected) revert CommitMismatch(actual, expected);
        uint32 weight = own.ballot.weight;
        delete own.commitHash;
        own.ballot.choice = Choice(choice);
        if (Choice(choice) == Choice.AtFault) state.word.atFault += weight;
        else if (Choice(choice) == Choice.NotAtFault) state.word.notAtFault += weight;
        else state.word.cannotDecide += weight;
        emit Revealed(caseId, c.round, voter, Choice(choice), weight);
    }

    /// @inheritdoc ICourt
    function claim(bytes32 caseId, uint256 round, address voter) external {
        Case memory c = _cases[caseId];
        Round memory r = _rounds[caseId][c.round].word;
        RoundTerms memory terms = _terms[c.config][c.round];
        (Phase phase, uint256 deadline) = _phaseOf(c, r, terms);
        if (phase != Phase.Ended) _requireSame(caseId, phase, Phase.Final, deadline);
        Cast storage own = _rounds[caseId][round].casts[voter];
        Ballot memory ballot = own.ballot;
        if (ballot.weight == 0) revert NoBallot(caseId, round, voter);
        delete own.ballot;

        Ruling ruling = _rulingAfter(c.standing, r, terms);
        if (round != c.round) (r, terms) = (_rounds[caseId][round].word, _terms[c.config][round]);
        uint256 paid = _payOf(c, round, r, terms, ruling, ballot);
        uint256 forfeited = c.endedIn == Phase.None ? _forfeitUp(ballot, ruling) : 0;
        emit BallotSettled(caseId, round, voter, paid, forfeited);
        // Nothing here depends on the voter's cooperation: credits and locks are the vault's.
        VAULT.settle(voter, ballot.risk - forfeited, forfeited, paid);
    }

    /* VIEWS */

    /// @inheritdoc ICourt
    function ballotOf(
        bytes32 caseId,
        uint256 round,
        address voter
    ) external view returns (Ballot memory ballot, bytes32 commitHash) {
        Cast storage own = _rounds[caseId][round].casts[voter];
        ballot = own.ballot;
        if (ballot.weight > 0) commitHash = own.commitHash;
    }

    /// @inheritdoc ICourt
    function commitHashOf(
        bytes32 caseId,
        uint256 round,
        address voter,
        uint8 choice,
        bytes32 salt
    ) public view returns (bytes32) {
        return keccak256(abi.encode(COMMIT_TYPEHASH, block.chainid, address(this), caseId, round, voter, choice, salt));
    }

    /// @inheritdoc IAdjudicator
    function appealTerms(bytes32 caseId) external view returns (uint256 round, uint256 fee, Ruling standing) {
        Case memory c = _cases[caseId];
        Round memory r = _rounds[caseId][c.round].word;
        RoundTerms memory terms = _terms[c.config][c.round];
        _requirePhase(caseId, c, r, terms, Phase.Appeal);
        round = c.round + 1;
        return (round, _terms[c.config][round].fee, _rulingAfter(c.standing, r, terms));
    }

    /// @inheritdoc IAdjudicator
    function isAppealable(bytes32 caseId, uint256 round) external view returns (bool) {
        Case memory c = _cases[caseId];
        (Phase phase, ) = _phaseOf(caseId, c);
        return _isOpen(phase) && c.round < round && round < _heads[c.config].rounds;
    }

    /// @inheritdoc IAdjudicator
    function feesOf(uint16 config) external view returns (uint256[3] memory fees) {
        uint256 rounds = _requireConfig(config).rounds;
        for (uint256 i = 0; i < rounds; ++i) fees[i] = _terms[config][i].fee;
    }

    function _requireDisputes() private view {
        if (msg.sender != disputeManager) revert NotDisputeManager(msg.sender, disputeManager);
    }

    /* INTERNAL: BALLOTS */

    function _digestOf(SignedCommit calldata signed, uint256 round) private view returns (bytes32) {
        return
            _hashTypedDataV4(
                keccak256(
                    abi.encode(
                        BALLOT_TYPEHASH,
                        signed.caseId,
                        round,
                        signed.voter,
                        signed.commitHash,
                        keccak256(signed.cipher),
                        signed.signedAt
                    )
                )
            );
    }

    function _commit(
        bytes32 caseId,
        address voter,
        bytes32 commitHash,
        bytes calldata cipher,
        uint40 signedAt
    ) private {
        if (commitHash == 0) revert CommitEmpty();
        Case memory c = _cases[caseId];
        RoundState storage state = _rounds[caseId][c.round];
        Round memory r = state.word;
        RoundTerms memory terms = _terms[c.config][c.round];
        _requirePhase(caseId, c, r, terms, Phase.Commit);
        Cast storage own = state.casts[voter];
        Ballot memory ballot = own.ballot;
        if (ballot.weight == 0) {
            if (terms.seats > 0 && r.seededAt == 0) revert NotSeeded(caseId, c.round);
            ballot = _seat(caseId, c, state, terms, voter);
        }
        ballot.signedAt = signedAt;
        own.ballot = ballot;
        own.commitHash = commitHash;
        emit Committed(caseId, c.round, voter, commitHash, ballot.weight, cipher);
    }

    /// @dev Counts and locks what a first ballot weighs and risks. The vault calls nobody.
    function _seat(
        bytes32 caseId,
        Case memory c,
        RoundState storage state,
        RoundTerms memory terms,
        address voter
    ) private returns (Ballot memory ballot) {
        (uint256 weight, uint256 risk, uint256 votes) = _weightOf(caseId, c, state.seed, terms, voter);
        if (weight == 0) revert NoSeats(voter, votes, c.total, terms.seats);
        (ballot.weight, ballot.risk) = (uint32(weight), uint96(risk));
        state.word.committed += ballot.weight;
        VAULT.lock(voter, risk);
    }

    /// @dev What a ballot earns: its share of the fee, rounded down.
    function _payOf(
        Case memory c,
        uint256 round,
        Round memory r,
        RoundTerms memory terms,
        Ruling ruling,
        Ballot memory ballot
    ) private pure returns (uint256) {
        if (!_isPaid(c, round, ballot.choice, ruling)) return 0;
        (uint256 share, uint256 basis, ) = _feeOf(c, round, r, terms, ruling);
        return basis == 0 ? 0 : (ballot.weight * share) / basis;
    }

    /// @dev What a ballot loses in a case that was decided here: nothing if coherent, half if not (rounded up), all if
    /// it stayed silent. Where nobody could say, no choice was wrong.
    function _forfeitUp(Ballot memory ballot, Ruling ruling) private pure returns (uint256) {
        if (ballot.choice == Choice.None) return ballot.risk;
        if (ruling == Ruling.Undecided || ballot.choice == _coherent(ruling)) return 0;
        return Math.ceilDiv(ballot.risk, 2);
    }

    function _coherent(Ruling ruling) private pure returns (Choice) {
        if (ruling == Ruling.Overturned) return Choice.AtFault;
        return ruling == Ruling.Upheld ? Choice.NotAtFault : Choice.CannotDecide;
    }

    function _isOpen(Phase phase) private pure returns (bool) {
        return phase != Phase.None && phase < Phase.Final;
    }

    /* INTERNAL: FEES */

    /// @dev Whether a ballot belongs to those who share the fee of its round.
    function _isPaid(Case memory c, uint256 round, Choice choice, Ruling ruling) private pure returns (bool) {
        if (c.endedIn != Phase.None) return choice != Choice.None || _endedBeforeReveal(c, round);
        if (ruling == Ruling.Undecided) return choice != Choice.None;
        return choice == _coherent(ruling);
    }

    /// @dev A proof ended the case before anybody could reveal in this round: who had committed did all there was to
    /// do.
    function _endedBeforeReveal(Case memory c, uint256 round) private pure returns (bool) {
        return round == c.round && c.endedIn < Phase.Reveal;
    }

    /// @dev What of a round's fee its jurors share, by which weight, and what goes back to who paid it.
    function _feeOf(
        Case memory c,
        uint256 round,
        Round memory r,
        RoundTerms memory terms,
        Ruling ruling
    ) private pure returns (uint256 share, uint256 basis, uint256 returned) {
        if (c.endedIn != Phase.None) {
            bool early = _endedBeforeReveal(c, round);
            basis = early ? r.committed : _revealed(r);
            share = early ? terms.fee / 2 : terms.fee;
        } else if (_hasQuorum(r, terms.seats)) {
            bool undecided = ruling == Ruling.Undecided;
            basis = undecided ? _revealed(r) : _behind(r, ruling);
            share = undecided ? terms.fee / 2 : terms.fee;
        }
        if (basis == 0) share = 0;
        returned = terms.fee - share;
    }

    /// @dev Pays what goes back to the DisputeManager. The dust of the shares, less than a unit for each juror, stays
    /// here.
    function _account(bytes32 caseId, Case memory c, Outcome memory outcome) private {
        outcome.rounds = c.round + 1;
        outcome.ruling = _rulingOf(caseId, c);
        Ruling standing = Ruling.Undecided;
        uint256 sum = 0;
        for (uint256 i = 0; i <= c.round; ++i) {
            Round memory r = _rounds[caseId][i].word;
            RoundTerms memory terms = _terms[c.config][i];
            (, , uint256 returned) = _feeOf(c, i, r, terms, outcome.ruling);
            (outcome.fees[i], outcome.returned[i]) = (terms.fee, returned);
            sum += returned;
            Ruling ruling = _rulingAfter(standing, r, terms);
            // Nobody is paid for turning what nobody had ruled: jurors could stay away and finance the appeal.
            if (ruling != standing && standing != Ruling.Undecided) outcome.turnedIn = uint8(i);
            standing = ruling;
        }
        if (sum > 0) VAULT.pay(msg.sender, sum);
    }
}
